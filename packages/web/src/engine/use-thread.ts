/** One conversation, opened while it is shown. */
import type { Address } from "@keypears/protocol";
import { useEffect } from "react";
import { useStore } from "./store.ts";
import type { Thread } from "./thread.ts";
import { useMailbox } from "./use-session.ts";

export function useThread(peer: Address): Thread {
  const mailbox = useMailbox();
  const thread = mailbox.thread(peer);
  useEffect(() => thread.open(), [thread]);
  return thread;
}

/** Marks as read what stands there while somebody can see it: the page is in front and the conversation open. */
export function useMarkRead(thread: Thread): void {
  const mailbox = useMailbox();
  const { known } = useStore(mailbox.lists);
  const { messages } = useStore(thread.state);
  const conversation = known.get(thread.peer);
  const latest = messages.at(-1)?.revision ?? 0;
  // A request is read without its sender's seeing anything of it: there the marker moves too.
  const isNew = conversation !== undefined && latest > conversation.readRevision;
  useEffect(() => {
    if (!isNew) return undefined;
    let marked = false;
    function mark(): void {
      if (marked || document.visibilityState !== "visible") return;
      marked = true;
      mailbox.markRead(thread.peer, latest);
    }
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [isNew, latest, mailbox, thread]);
}
