/** Rows of a mailbox as the contract shows them. */
import type { Conversation, StoredMessage } from "@keypears/api";
import { type Box, type Hash, type Id, type Signature, idFromBytes } from "@keypears/protocol";
import { messagesAt } from "../store/mailbox.ts";
import type { ConversationRow, MessageRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";

/** A stored message (spec/6.6); without its envelope once deleteAfter has passed. */
export function presentMessage(row: MessageRow): StoredMessage {
  const { header, box, signature } = row;
  const erased = header === null || box === null;
  return {
    revision: row.revision,
    changed: row.changed,
    id: idFromBytes(row.id) as Id,
    peer: row.peer,
    direction: row.direction,
    envelope: erased
      ? null
      : { header, box: box as Box, signature: signature as Signature, wraps: [] },
    hash: row.hash as Hash,
    receivedAt: row.received_at,
    state: row.state,
    step: row.step,
    reason: row.reason,
  };
}

/** Conversations of one mailbox, each with its latest message (spec/7.6). */
export async function presentConversations(
  db: Queries,
  rows: readonly ConversationRow[],
): Promise<Conversation[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const revisions = rows.map((row) => row.last_revision).filter((revision) => revision > 0);
  const messages = await messagesAt(db, first.account_id, revisions);
  const latest = new Map(messages.map((row) => [row.revision, row]));
  return rows.map((row) => {
    const message = latest.get(row.last_revision);
    return {
      peer: row.peer,
      changed: row.changed,
      accepted: row.accepted === 1,
      blocked: row.blocked === 1,
      waiting: row.waiting,
      unread: row.unread,
      readRevision: row.read_revision,
      lastRevision: row.last_revision,
      lastMessage: message === undefined ? null : presentMessage(message),
    };
  });
}

/** One conversation, as `presentConversations`. */
export async function presentConversation(
  db: Queries,
  row: ConversationRow,
): Promise<Conversation> {
  const [shown] = await presentConversations(db, [row]);
  return shown as Conversation;
}
