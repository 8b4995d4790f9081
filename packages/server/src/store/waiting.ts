/**
 * Messages of strangers that wait for an answer (spec/7.6): counted per sender in the conversation's row, per registrable
 * domain and in all here. What a block drops counts as if it waited, so that nobody can tell a block by the price.
 */
import type { Address, Bytes, Domain } from "@keypears/protocol";
import { deleteMessage, lastRevisionWith } from "./mailbox.ts";
import type { ConversationRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** The row that counts all of an account. */
const ALL = "";

/** How many wait from one registrable domain, and in all: what the price of a first contact goes by. */
export async function countWaiting(
  db: Queries,
  accountId: number,
  site: Domain,
): Promise<{ fromSite: number; inAll: number }> {
  const rows = await db
    .selectFrom("waiting")
    .select(["site", "waiting"])
    .where("account_id", "=", accountId)
    .where("site", "in", [site, ALL])
    .execute();
  const of = (name: Domain | ""): number => rows.find((row) => row.site === name)?.waiting ?? 0;
  return { fromSite: of(site), inAll: of(ALL) };
}

/** One more of a stranger's messages waits. */
export async function addWaiting(tx: Queries, accountId: number, site: Domain): Promise<void> {
  for (const name of [site, ALL] as const) {
    const { numUpdatedRows } = await tx
      .updateTable("waiting")
      .set((row) => ({ waiting: row("waiting", "+", 1) }))
      .where("account_id", "=", accountId)
      .where("site", "=", name)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) continue;
    await tx
      .insertInto("waiting")
      .values({ account_id: accountId, site: name, waiting: 1 })
      .execute();
  }
}

async function subtractWaiting(
  tx: Queries,
  accountId: number,
  site: Domain,
  count: number,
): Promise<void> {
  const names = [site, ALL] as const;
  await tx
    .updateTable("waiting")
    .set((row) => ({ waiting: row("waiting", "-", count) }))
    .where("account_id", "=", accountId)
    .where("site", "in", names)
    .execute();
  await tx
    .deleteFrom("waiting")
    .where("account_id", "=", accountId)
    .where("site", "in", names)
    .where("waiting", "=", 0)
    .execute();
}

/** Where the kept copies are of what waits from one sender: at most five, null for what was dropped. */
async function waitingRevisions(
  tx: Queries,
  accountId: number,
  sender: Address,
): Promise<(number | null)[]> {
  const rows = await tx
    .selectFrom("accepted_messages")
    .select("received_revision")
    .where("recipient_id", "=", accountId)
    .where("sender", "=", sender)
    .where("waits_until", "is not", null)
    .execute();
  return rows.map((row) => row.received_revision);
}

/** What a conversation's counters become when nothing waits any longer. */
export interface Released {
  waiting: 0;
  waiting_dropped: 0;
}

/**
 * Ends the waiting of a sender's messages: accepted, or answered. The caller writes what comes back into the conversation's
 * row.
 */
export async function release(
  tx: Queries,
  conversation: ConversationRow,
  change: { readonly received_revision?: null } = {},
): Promise<Released> {
  const { account_id, peer, peer_site, waiting, waiting_dropped } = conversation;
  if (waiting + waiting_dropped > 0) {
    await tx
      .updateTable("accepted_messages")
      .set({ ...change, waits_until: null })
      .where("recipient_id", "=", account_id)
      .where("sender", "=", peer)
      .where("waits_until", "is not", null)
      .execute();
    await subtractWaiting(tx, account_id, peer_site, waiting + waiting_dropped);
  }
  return { waiting: 0, waiting_dropped: 0 };
}

/** Deletes what waits from a sender, and gives what the conversation's row becomes. */
export async function deleteWaiting(
  tx: Queries,
  conversation: ConversationRow,
): Promise<Pick<ConversationRow, "waiting" | "waiting_dropped" | "unread" | "last_revision">> {
  const { account_id, peer } = conversation;
  let { unread } = conversation;
  for (const revision of await waitingRevisions(tx, account_id, peer)) {
    if (revision === null) continue;
    await deleteMessage(tx, account_id, revision);
    if (revision > conversation.read_revision) unread--;
  }
  const released = await release(tx, conversation, { received_revision: null });
  return { ...released, unread, last_revision: await lastRevisionWith(tx, account_id, peer) };
}

/** A message whose time to wait is over. */
export interface Lapsing {
  readonly recipient_id: number;
  readonly sender: Address;
  readonly id: Bytes;
  /** Where the recipient's copy is; null when it was dropped. */
  readonly received_revision: number | null;
}

/** Up to `limit` messages whose time to wait is over, the most overdue first. */
export function lapsing(db: Queries, now: number, limit: number): Promise<Lapsing[]> {
  return db
    .selectFrom("accepted_messages")
    .select(["recipient_id", "sender", "id", "received_revision"])
    .where("waits_until", "is not", null)
    .where("waits_until", "<=", now)
    .orderBy("waits_until")
    .limit(limit)
    .execute();
}

/**
 * Lets one message lapse that waits: it is deleted where it was kept at all. Gives what the conversation's row becomes.
 */
export async function lapse(
  tx: Queries,
  { recipient_id, sender, id, received_revision: revision }: Lapsing,
  conversation: ConversationRow,
): Promise<Pick<ConversationRow, "waiting" | "waiting_dropped" | "unread" | "last_revision">> {
  await tx
    .updateTable("accepted_messages")
    .set({ waits_until: null, received_revision: null })
    .where("recipient_id", "=", recipient_id)
    .where("sender", "=", sender)
    .where("id", "=", id)
    .execute();
  await subtractWaiting(tx, recipient_id, conversation.peer_site, 1);
  const { waiting, waiting_dropped, unread, last_revision, read_revision } = conversation;
  if (revision === null) {
    return { waiting, waiting_dropped: waiting_dropped - 1, unread, last_revision };
  }
  await deleteMessage(tx, recipient_id, revision);
  return {
    waiting: waiting - 1,
    waiting_dropped,
    unread: revision > read_revision ? unread - 1 : unread,
    last_revision: await lastRevisionWith(tx, recipient_id, sender),
  };
}
