/** Messages on their way to other domains (spec/9.2): one row each, in the order in which they were sent. */
import type { Address, Bytes, Domain } from "@keypears/protocol";
import type { Insertable } from "kysely";
import type { DeliveryRow, DeliveryTable, MessageRow, SentMessageRow } from "./schema.ts";
import { advance } from "./mailbox.ts";
import type { Queries } from "./store.ts";

/** How long a delivery is tried, and its pull token good, in milliseconds (spec/9.2). */
export const DELIVERY_LIFETIME = 24 * 3_600_000;
const MINUTE = 60_000;

/** Whose messages to whom: they keep their order. */
export interface Pair {
  readonly account_id: number;
  readonly peer: Address;
  readonly domain: Domain;
}

/** What was sent to another domain under an id, if anything was (spec/6.6). */
export function findSent(
  db: Queries,
  key: Pick<SentMessageRow, "account_id" | "peer" | "id">,
): Promise<SentMessageRow | undefined> {
  return db
    .selectFrom("sent_messages")
    .selectAll()
    .where("account_id", "=", key.account_id)
    .where("peer", "=", key.peer)
    .where("id", "=", key.id)
    .executeTakeFirst();
}

/** Notes what was sent. Throws where it was: callers look first, in the same transaction. */
export async function insertSent(tx: Queries, row: SentMessageRow): Promise<void> {
  await tx.insertInto("sent_messages").values(row).execute();
}

/** Queues a delivery, and gives its number. */
export async function insertDelivery(
  tx: Queries,
  row: Omit<Insertable<DeliveryTable>, "id" | "pulls">,
): Promise<number> {
  const { insertId } = await tx
    .insertInto("deliveries")
    .values({ ...row, pulls: 0 })
    .executeTakeFirstOrThrow();
  return Number(insertId);
}

/** The oldest delivery of a pair. */
export function oldestDelivery(db: Queries, pair: Pair): Promise<DeliveryRow | undefined> {
  return db
    .selectFrom("deliveries")
    .selectAll()
    .where("domain", "=", pair.domain)
    .where("account_id", "=", pair.account_id)
    .where("peer", "=", pair.peer)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** Every pair with something to deliver, for the start of a server. */
export function waitingPairs(db: Queries): Promise<Pair[]> {
  return db
    .selectFrom("deliveries")
    .select(["domain", "account_id", "peer"])
    .groupBy(["domain", "account_id", "peer"])
    .execute();
}

/** Holds a delivery for one node until `until`; false where another holds it. */
export async function leaseDelivery(
  tx: Queries,
  id: number,
  { now, until }: { readonly now: number; readonly until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("deliveries")
    .set({ lease_until: until })
    .where("id", "=", id)
    .where((row) => row.or([row("lease_until", "is", null), row("lease_until", "<=", now)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Lets go of every delivery: for the start of a server whose database nobody else has open. */
export async function releaseDeliveries(tx: Queries): Promise<void> {
  await tx
    .updateTable("deliveries")
    .set({ lease_until: null })
    .where("lease_until", "is not", null)
    .execute();
}

/** The delivery of a pull token. */
export function deliveryOf(db: Queries, pullToken: Bytes): Promise<DeliveryRow | undefined> {
  return db
    .selectFrom("deliveries")
    .selectAll()
    .where("pull_token", "=", pullToken)
    .executeTakeFirst();
}

/** Counts one pull; false where there were `most` already, or the delivery is over. */
export async function countPull(tx: Queries, id: number, most: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("deliveries")
    .set((row) => ({ pulls: row("pulls", "+", 1) }))
    .where("id", "=", id)
    .where("pulls", "<", most)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Deletes a delivery that is over; false where it was before. */
export async function deleteDelivery(tx: Queries, id: number): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("deliveries")
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Lets go of a delivery that is tried again later. */
export async function releaseDelivery(tx: Queries, id: number): Promise<void> {
  await tx.updateTable("deliveries").set({ lease_until: null }).where("id", "=", id).execute();
}

/** How often the message of a delivery was fetched; null where the delivery is over. */
export async function pullsOf(tx: Queries, id: number): Promise<number | null> {
  const row = await tx
    .selectFrom("deliveries")
    .select("pulls")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.pulls ?? null;
}

/** How many deliveries have waited for a minute or longer. */
export async function countDeliveries(db: Queries, now: number): Promise<number> {
  const { count } = await db
    .selectFrom("deliveries")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("expires_at", "<=", now + DELIVERY_LIFETIME - MINUTE)
    .executeTakeFirstOrThrow();
  return count;
}

/** Up to `limit` deliveries whose day is over, the most overdue first. */
export function expiredDeliveries(db: Queries, now: number, limit: number): Promise<DeliveryRow[]> {
  return db
    .selectFrom("deliveries")
    .selectAll()
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
}

/** Says where a sent message has got to, which counts as a change of its mailbox; gives the revision. */
export async function noteProgress(
  tx: Queries,
  { account_id, revision }: Pick<DeliveryRow, "account_id" | "revision">,
  change: Pick<MessageRow, "state" | "step" | "reason">,
): Promise<number> {
  const changed = await advance(tx, account_id);
  const { state, step, reason } = change;
  await tx
    .updateTable("messages")
    .set({ state, step, reason, changed })
    .where("account_id", "=", account_id)
    .where("revision", "=", revision)
    .execute();
  return changed;
}
