/** The lists of conversations and of requests, as pages and changes of them come in. */
import type { ConversationView, MessageView } from "@keypears/client";
import type { Address } from "@keypears/protocol";

export type Conversations = ReadonlyMap<Address, ConversationView>;

/** What is known, with these merged in: the later change of each wins. */
export function mergeConversations(
  known: Conversations,
  more: readonly ConversationView[],
): Conversations {
  const merged = new Map(known);
  for (const conversation of more) {
    const old = merged.get(conversation.peer);
    if (old === undefined || old.changed <= conversation.changed) {
      merged.set(conversation.peer, conversation);
    }
  }
  return merged;
}

/** What is known, where a message may be the last one of its conversation, and may have changed: it has arrived, or failed. */
export function withMessage(known: Conversations, message: MessageView): Conversations {
  const conversation = known.get(message.peer);
  const last = conversation?.last ?? null;
  if (conversation === undefined || last === null) return known;
  if (last.revision !== message.revision || last.changed >= message.changed) return known;
  return new Map(known).set(message.peer, { ...conversation, last: message });
}

/** The list that a person belongs to: one is written with, or waits to be let in, or neither. */
function listOf({
  accepted,
  blocked,
  waiting,
}: ConversationView): "conversations" | "requests" | null {
  if (accepted) return "conversations";
  return !blocked && waiting > 0 ? "requests" : null;
}

/** One of the two lists, the latest first. */
export function listed(
  known: Conversations,
  list: "conversations" | "requests",
): readonly ConversationView[] {
  return [...known.values()]
    .filter((conversation) => listOf(conversation) === list)
    .sort((one, other) => other.lastRevision - one.lastRevision);
}
