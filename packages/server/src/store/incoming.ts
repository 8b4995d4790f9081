/** Messages of other domains between the claim of their work and their storing (spec/7.4, spec/9.2). */
import type { Address, Bytes, Domain } from "@keypears/protocol";
import type { IncomingRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** How long a claimed message is gone on with, in milliseconds (spec/9.2). */
export const INCOMING_LIFETIME = 24 * 3_600_000;
const MINUTE = 60_000;

/** What names an incoming message. */
export type IncomingKey = Pick<IncomingRow, "recipient_id" | "sender" | "id">;

/** The incoming message of a recipient, a sender and an id, if there is one. */
export function findIncoming(db: Queries, key: IncomingKey): Promise<IncomingRow | undefined> {
  return db
    .selectFrom("incoming")
    .selectAll()
    .where("recipient_id", "=", key.recipient_id)
    .where("sender", "=", key.sender)
    .where("id", "=", key.id)
    .executeTakeFirst();
}

/** Begins one. Throws where there is one of the same name. */
export async function insertIncoming(tx: Queries, row: IncomingRow): Promise<void> {
  await tx.insertInto("incoming").values(row).execute();
}

/** A server that has begun the delivery anew has another token. */
export async function setPullToken(tx: Queries, key: IncomingKey, pullToken: Bytes): Promise<void> {
  await change(tx, key, { pull_token: pullToken });
}

/** Holds one for a node until `until`; false where another holds it, or it is over. */
export async function leaseIncoming(
  tx: Queries,
  key: IncomingKey,
  { now, until }: { readonly now: number; readonly until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("incoming")
    .set({ lease_until: until })
    .where("recipient_id", "=", key.recipient_id)
    .where("sender", "=", key.sender)
    .where("id", "=", key.id)
    .where("code", "is", null)
    .where((row) => row.or([row("lease_until", "is", null), row("lease_until", "<=", now)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Lets go of one that is tried again later. */
export async function releaseIncoming(tx: Queries, key: IncomingKey): Promise<void> {
  await change(tx, key, { lease_until: null });
}

/** Lets go of all of them: for the start of a server whose database nobody else has open. */
export async function releaseAllIncoming(tx: Queries): Promise<void> {
  await tx
    .updateTable("incoming")
    .set({ lease_until: null })
    .where("lease_until", "is not", null)
    .execute();
}

/** Ends one as refused, and keeps the answer for whoever asks again. */
export async function refuseIncoming(
  tx: Queries,
  key: IncomingKey,
  { code, reason }: { readonly code: string; readonly reason: string | null },
): Promise<void> {
  await change(tx, key, { code, reason, lease_until: null });
}

/** Deletes one: its message is stored, or it begins anew. */
export async function deleteIncoming(tx: Queries, key: IncomingKey): Promise<void> {
  await tx
    .deleteFrom("incoming")
    .where("recipient_id", "=", key.recipient_id)
    .where("sender", "=", key.sender)
    .where("id", "=", key.id)
    .execute();
}

/** Deletes what a day has passed of; gives how many. */
export async function purgeIncoming(tx: Queries, now: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom("incoming")
    .where("expires_at", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** How many have been claimed for a minute or longer and are under way. */
export async function countIncoming(db: Queries, now: number): Promise<number> {
  const { count } = await db
    .selectFrom("incoming")
    .select((row) => row.fn.countAll<number>().as("count"))
    .where("code", "is", null)
    .where("expires_at", "<=", now + INCOMING_LIFETIME - MINUTE)
    .executeTakeFirstOrThrow();
  return count;
}

/** All that are under way, for the start of a server. */
export function incomingUnderWay(
  db: Queries,
): Promise<{ recipient_id: number; sender: Address; id: Bytes; domain: Domain }[]> {
  return db
    .selectFrom("incoming")
    .select(["recipient_id", "sender", "id", "domain"])
    .where("code", "is", null)
    .execute();
}

async function change(
  tx: Queries,
  key: IncomingKey,
  values: Partial<Pick<IncomingRow, "pull_token" | "lease_until" | "code" | "reason">>,
): Promise<void> {
  await tx
    .updateTable("incoming")
    .set(values)
    .where("recipient_id", "=", key.recipient_id)
    .where("sender", "=", key.sender)
    .where("id", "=", key.id)
    .execute();
}
