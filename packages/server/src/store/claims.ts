/** Claims of proofs of work: one row per seed, whose uniqueness decides who was first (spec/7.4). */
import type { Bytes, Claim, Hash } from "@keypears/protocol";
import type { Queries } from "./store.ts";

/** How long a claim is kept after its challenge has run out, in milliseconds. */
const CLAIM_KEPT = 3_600_000;

export async function findClaim(
  db: Queries,
  seed: Bytes,
): Promise<(Claim & { readonly claimedAt: number }) | null> {
  const row = await db
    .selectFrom("claims")
    .select(["binding", "state", "lease_until", "claimed_at"])
    .where("seed", "=", seed)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { binding, state, lease_until: leaseUntil, claimed_at: claimedAt } = row;
  return { binding: binding as Hash | null, state, leaseUntil, claimedAt };
}

/** Inserts a claim; false where the seed has one already. */
export async function insertClaim(
  tx: Queries,
  claim: {
    readonly seed: Bytes;
    readonly binding: Hash | null;
    readonly state: Claim["state"];
    readonly leaseUntil: number | null;
    readonly now: number;
    /** When its challenge runs out. */
    readonly expiresAt: number;
  },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("claims")
    .values({
      seed: claim.seed,
      binding: claim.binding,
      state: claim.state,
      lease_until: claim.leaseUntil,
      claimed_at: claim.now,
      purge_after: claim.expiresAt + CLAIM_KEPT,
    })
    .onConflict((conflict) => conflict.column("seed").doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Takes up a claim that nobody holds; false where somebody was faster. */
export async function leaseClaim(
  tx: Queries,
  seed: Bytes,
  { now, until }: { readonly now: number; readonly until: number },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("claims")
    .set({ lease_until: until })
    .where("seed", "=", seed)
    .where("state", "=", "claimed")
    .where((where) => where.or([where("lease_until", "is", null), where("lease_until", "<=", now)]))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Lets go of a claim, so that the next attempt need not wait for the lease to run out. */
export async function releaseClaim(tx: Queries, seed: Bytes): Promise<void> {
  await tx
    .updateTable("claims")
    .set({ lease_until: null })
    .where("seed", "=", seed)
    .where("state", "=", "claimed")
    .execute();
}

/** Marks a claim as spent, in the transaction of what it paid for. */
export async function spendClaim(tx: Queries, seed: Bytes): Promise<void> {
  await tx
    .updateTable("claims")
    .set({ state: "spent", lease_until: null })
    .where("seed", "=", seed)
    .execute();
}

/** Deletes claims that nobody can come back to; gives how many. */
export async function purgeClaims(tx: Queries, now: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom("claims")
    .where("purge_after", "<=", now)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
