/** Messages of a mailbox: by arrival, by peer, by change. Pages go by key, so that none costs more for what lies before it. */
import type { Address } from "@keypears/protocol";
import type { AcceptedMessageRow, AccountRow, MessageRow, NewMessageRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** The revision that a mailbox has reached, by which every later change is told from what is known. */
export async function currentRevision(db: Queries, accountId: number): Promise<number> {
  const { revision } = await db
    .selectFrom("accounts")
    .select("revision")
    .where("id", "=", accountId)
    .executeTakeFirstOrThrow();
  return revision;
}

/** Counts a mailbox `by` changes up and gives the last of their revisions. */
export async function advance(tx: Queries, accountId: number, by = 1): Promise<number> {
  await tx
    .updateTable("accounts")
    .set((row) => ({ revision: row("revision", "+", by) }))
    .where("id", "=", accountId)
    .execute();
  return currentRevision(tx, accountId);
}

/** Counts a mailbox up by one, and gives that revision and the hash of its owner's newest key record. */
export async function advanceOwn(
  tx: Queries,
  accountId: number,
): Promise<Pick<AccountRow, "revision" | "active_hash">> {
  await tx
    .updateTable("accounts")
    .set((row) => ({ revision: row("revision", "+", 1) }))
    .where("id", "=", accountId)
    .execute();
  return tx
    .selectFrom("accounts")
    .select(["revision", "active_hash"])
    .where("id", "=", accountId)
    .executeTakeFirstOrThrow();
}

/** What was accepted for a recipient of this server from a sender under an id, if anything was (spec/6.6). */
export function findAccepted(
  db: Queries,
  key: Pick<AcceptedMessageRow, "recipient_id" | "sender" | "id">,
): Promise<AcceptedMessageRow | undefined> {
  return db
    .selectFrom("accepted_messages")
    .selectAll()
    .where("recipient_id", "=", key.recipient_id)
    .where("sender", "=", key.sender)
    .where("id", "=", key.id)
    .executeTakeFirst();
}

/** Notes what was accepted, so that it cannot come twice. Throws where it was: callers look first, in the same transaction. */
export async function insertAccepted(tx: Queries, row: AcceptedMessageRow): Promise<void> {
  await tx.insertInto("accepted_messages").values(row).execute();
}

/** Stores the copies of one message. */
export async function insertMessages(tx: Queries, rows: readonly NewMessageRow[]): Promise<void> {
  await tx.insertInto("messages").values(rows).execute();
}

/** Writes a sent message anew in its place: it has failed, and is sent again. */
export async function replaceMessage(tx: Queries, row: MessageRow): Promise<void> {
  const { account_id, revision, ...values } = row;
  await tx
    .updateTable("messages")
    .set(values)
    .where("account_id", "=", account_id)
    .where("revision", "=", revision)
    .execute();
}

/** Up to `limit` messages with one peer before a revision, the latest first. */
export function messagesWith(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly peer: Address;
    readonly before: number;
    readonly limit: number;
  },
): Promise<MessageRow[]> {
  return db
    .selectFrom("messages")
    .selectAll()
    .where("account_id", "=", options.accountId)
    .where("peer", "=", options.peer)
    .where("revision", "<", options.before)
    .orderBy("revision", "desc")
    .limit(options.limit)
    .execute();
}

/** The messages that arrived at these revisions, in no order. */
export async function messagesAt(
  db: Queries,
  accountId: number,
  revisions: readonly number[],
): Promise<MessageRow[]> {
  if (revisions.length === 0) return [];
  return db
    .selectFrom("messages")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("revision", "in", revisions)
    .execute();
}

/** Up to `limit` messages that changed last above `after` and not above `upTo`, in that order. */
export async function changedMessages(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly after: number;
    readonly upTo: number;
    readonly limit: number;
  },
): Promise<MessageRow[]> {
  const { accountId, after, upTo, limit } = options;
  const all = db
    .selectFrom("messages")
    .selectAll()
    .where("account_id", "=", accountId)
    .limit(limit);
  // Nearly all messages never change: those are found where they arrived, and only the others need an index by change.
  const arrived = await all
    .where("revision", ">", after)
    .where("revision", "<=", upTo)
    .whereRef("changed", "=", "revision")
    .orderBy("revision")
    .execute();
  const changed = await all
    .where("changed", ">", after)
    .where("changed", "<=", upTo)
    .whereRef("changed", ">", "revision")
    .orderBy("changed")
    .execute();
  return [...arrived, ...changed].toSorted((a, b) => a.changed - b.changed).slice(0, limit);
}

/** How many received messages of a conversation lie above `after` and not above `upTo`. */
export async function countReceived(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly peer: Address;
    readonly after: number;
    readonly upTo: number;
  },
): Promise<number> {
  const { count } = await db
    .selectFrom("messages")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("account_id", "=", options.accountId)
    .where("peer", "=", options.peer)
    .where("revision", ">", options.after)
    .where("revision", "<=", options.upTo)
    .where("direction", "=", "received")
    .executeTakeFirstOrThrow();
  return count;
}

/** The latest message of a conversation, or 0. */
export async function lastRevisionWith(
  db: Queries,
  accountId: number,
  peer: Address,
): Promise<number> {
  const row = await db
    .selectFrom("messages")
    .select("revision")
    .where("account_id", "=", accountId)
    .where("peer", "=", peer)
    .orderBy("revision", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.revision ?? 0;
}

/** Takes a message out of a mailbox as if it had never come. */
export async function deleteMessage(
  tx: Queries,
  accountId: number,
  revision: number,
): Promise<void> {
  await tx
    .deleteFrom("messages")
    .where("account_id", "=", accountId)
    .where("revision", "=", revision)
    .execute();
}

/** Up to `limit` messages whose deleteAfter has come, the most overdue first. */
export function messagesToErase(
  db: Queries,
  now: number,
  limit: number,
): Promise<Pick<MessageRow, "account_id" | "revision">[]> {
  return db
    .selectFrom("messages")
    .select(["account_id", "revision"])
    .where("delete_after", "is not", null)
    .where("delete_after", "<=", now)
    .orderBy("delete_after")
    .limit(limit)
    .execute();
}

/**
 * Drops header and box of a message, which counts as a change of its mailbox (spec/6.7). The row stays, with id, peer and
 * hash.
 */
export async function eraseMessage(
  tx: Queries,
  { account_id, revision }: Pick<MessageRow, "account_id" | "revision">,
): Promise<number> {
  const changed = await advance(tx, account_id);
  await tx
    .updateTable("messages")
    .set({ header: null, box: null, delete_after: null, changed })
    .where("account_id", "=", account_id)
    .where("revision", "=", revision)
    .execute();
  return changed;
}
