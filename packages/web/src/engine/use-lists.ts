/** The lists of conversations and requests, and how much in them is new. */
import type { ConversationView } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import { useMemo } from "react";
import { listed } from "./conversations.ts";
import { countNew } from "./mailbox.ts";
import type { ListName } from "./mailbox.ts";
import { useStore } from "./store.ts";
import { useMailbox } from "./use-session.ts";

export function useList(name: ListName): {
  readonly status: "loading" | "ready" | "failed";
  readonly failure: string | null;
  readonly conversations: readonly ConversationView[];
  readonly hasMore: boolean;
} {
  const { status, failure, known, next } = useStore(useMailbox().lists);
  const conversations = useMemo(() => listed(known, name), [known, name]);
  return { status, failure, conversations, hasMore: next[name] !== null };
}

export function useConversation(peer: Address): ConversationView | undefined {
  return useStore(useMailbox().lists).known.get(peer);
}

/** How many messages are unread and how many strangers wait. */
export function useNew(): { readonly unread: number; readonly waiting: number } {
  const { known } = useStore(useMailbox().lists);
  return useMemo(() => countNew(known), [known]);
}
