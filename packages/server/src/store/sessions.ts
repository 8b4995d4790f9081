/** Sessions and step-up grants: only hashes of what their holders have (spec/8.1, spec/8.2). */
import type { Address, Bytes, Id } from "@keypears/protocol";
import { idBytes, idFromBytes } from "@keypears/protocol";
import type { SessionRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** How long a session lives without being used, in milliseconds. */
const SESSION_IDLE = 30 * 86_400_000;
/** How long a session lives at the most, in milliseconds. */
export const SESSION_LIFETIME = 180 * 86_400_000;
/** How often a session's last use is written down, in milliseconds. */
export const TOUCH_INTERVAL = 60_000;
/** How long a grant is good, in milliseconds. */
export const GRANT_LIFETIME = 10 * 60_000;

export interface SessionFacts {
  readonly id: Id;
  readonly accountId: number;
  readonly address: Address;
  readonly lastUsedAt: number;
}

/** The live session of a token's hash, with the account's address. */
export async function findSession(
  db: Queries,
  tokenHash: Bytes,
  now: number,
): Promise<SessionFacts | null> {
  const row = await db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .select(["sessions.id", "sessions.account_id", "sessions.last_used_at", "accounts.address"])
    .where("token_hash", "=", tokenHash)
    .where("last_used_at", ">", now - SESSION_IDLE)
    .where("sessions.created_at", ">", now - SESSION_LIFETIME)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { account_id: accountId, address, last_used_at: lastUsedAt } = row;
  return { id: sessionId(row), accountId, address, lastUsedAt };
}

export async function insertSession(
  tx: Queries,
  session: {
    readonly tokenHash: Bytes;
    readonly id: Id;
    readonly accountId: number;
    readonly device: string;
    readonly now: number;
  },
): Promise<void> {
  await tx
    .insertInto("sessions")
    .values({
      token_hash: session.tokenHash,
      id: idBytes(session.id),
      account_id: session.accountId,
      created_at: session.now,
      last_used_at: session.now,
      device: session.device,
    })
    .execute();
}

/** Writes down that a session is used, unless somebody else just did. */
export async function touchSession(tx: Queries, tokenHash: Bytes, now: number): Promise<void> {
  await tx
    .updateTable("sessions")
    .set({ last_used_at: now })
    .where("token_hash", "=", tokenHash)
    .where("last_used_at", "<=", now - TOUCH_INTERVAL)
    .execute();
}

/** The live sessions of an account, the newest first. */
export function listSessions(db: Queries, accountId: number, now: number): Promise<SessionRow[]> {
  return db
    .selectFrom("sessions")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("created_at", ">", now - SESSION_LIFETIME)
    .where("last_used_at", ">", now - SESSION_IDLE)
    .orderBy("created_at", "desc")
    .execute();
}

/** Ends one session of an account; false where it has no such one. */
export async function deleteSession(tx: Queries, accountId: number, id: Id): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("sessions")
    .where("account_id", "=", accountId)
    .where("id", "=", idBytes(id))
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await tx.deleteFrom("grants").where("session_id", "=", idBytes(id)).execute();
  return true;
}

/** Ends all sessions of an account but one; gives how many. */
export async function deleteOtherSessions(
  tx: Queries,
  accountId: number,
  kept: Id,
): Promise<number> {
  const others = tx
    .selectFrom("sessions")
    .select("id")
    .where("account_id", "=", accountId)
    .where("id", "!=", idBytes(kept));
  await tx.deleteFrom("grants").where("session_id", "in", others).execute();
  const { numDeletedRows } = await tx
    .deleteFrom("sessions")
    .where("account_id", "=", accountId)
    .where("id", "!=", idBytes(kept))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export async function insertGrant(
  tx: Queries,
  grant: { readonly hash: Bytes; readonly sessionId: Id; readonly now: number },
): Promise<void> {
  await tx
    .insertInto("grants")
    .values({
      hash: grant.hash,
      session_id: idBytes(grant.sessionId),
      expires_at: grant.now + GRANT_LIFETIME,
    })
    .execute();
}

/**
 * Uses a session's grant up, in the transaction of the call that it guards; false where it is missing, another session's,
 * used, too old, or its session has ended (spec/8.2).
 */
export async function takeGrant(
  tx: Queries,
  grant: { readonly hash: Bytes; readonly sessionId: Id; readonly now: number },
): Promise<boolean> {
  // Asked of the sessions themselves: a step-up that was under way when its session ended leaves a grant behind.
  const session = tx.selectFrom("sessions").select("id").where("id", "=", idBytes(grant.sessionId));
  const { numDeletedRows } = await tx
    .deleteFrom("grants")
    .where("hash", "=", grant.hash)
    .where("session_id", "in", session)
    .where("expires_at", ">", grant.now)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

/** Deletes sessions and grants that have run out; gives how many. */
export async function purgeSessions(tx: Queries, now: number): Promise<number> {
  const grants = await tx.deleteFrom("grants").where("expires_at", "<=", now).executeTakeFirst();
  const idle = await tx
    .deleteFrom("sessions")
    .where("last_used_at", "<=", now - SESSION_IDLE)
    .executeTakeFirst();
  return Number(grants.numDeletedRows + idle.numDeletedRows);
}

/** The id of a session's row. */
export function sessionId(row: { readonly id: Bytes }): Id {
  const id = idFromBytes(row.id);
  if (id === null) throw new Error("a stored session's id does not parse");
  return id;
}
