import type { ConversationView } from "@keypears/client";
import { useEffect } from "react";
import { useStore } from "../../engine/store.ts";
import type { Thread } from "../../engine/thread.ts";
import { useSeconds } from "../../engine/use-work-time.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Composer } from "../../ui/composer.tsx";
import styles from "./conversation.module.css";
import { WorkRing } from "./work-ring.tsx";

interface ComposeBoxProps {
  readonly thread: Thread;
  readonly conversation: ConversationView | undefined;
}

/** States of a contact in which nothing is sent (spec/4.5). */
const STOPPED = new Set(["reset", "fork", "shorter", "revoked"]);

/** Where one writes; the work of the next message is done while one does. */
export function ComposeBox({ thread, conversation }: ComposeBoxProps) {
  const { conversation: text } = useInsideMessages();
  const { peer, draft } = thread;
  const value = useStore(draft);
  const ahead = useStore(thread.ahead);
  const quote = useStore(thread.quote);
  const { contact } = useStore(thread.contact);
  const seconds = useSeconds(quote?.difficulty ?? null);
  useEffect(() => () => thread.setWriting(false), [thread]);
  const isStopped = contact !== null && STOPPED.has(contact.state);

  const isFirst = quote?.purpose === "first-contact";
  const note =
    conversation?.blocked === true
      ? text.blocked(peer)
      : isFirst
        ? text.firstContact(peer, seconds)
        : undefined;

  return (
    <div className={styles.bottom}>
      <Composer
        label={text.composer(peer)}
        placeholder={text.placeholder}
        sendLabel={text.send}
        value={value}
        onChange={(next) => {
          draft.set(next);
          if (next !== "") thread.workAhead();
        }}
        onSend={() => {
          thread.send(value);
          draft.set("");
        }}
        onFocus={() => thread.setWriting(true)}
        onBlur={() => thread.setWriting(false)}
        disabled={isStopped}
        autoFocus={matchMedia("(pointer: fine)").matches}
        progress={
          ahead === null ? undefined : <WorkRing {...ahead} label={text.ahead} size={20} isTimed />
        }
        note={note}
      />
    </div>
  );
}
