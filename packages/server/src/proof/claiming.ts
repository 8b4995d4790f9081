/** Claiming a proof of work that pays once, whatever comes of it: log-in and step-up (spec/7.4). */
import { ApiError } from "@keypears/api";
import { type ExpectedChallenge, type Solution, judgeClaim } from "@keypears/protocol";
import type { Context } from "../context.ts";
import { findClaim, insertClaim } from "../store/claims.ts";

/** Verifies a solution and spends it, committed before anything expensive; throws `work_spent` where it was used. */
export async function spendAtOnce(
  { store, proof }: Context,
  solution: Solution,
  expected: ExpectedChallenge,
): Promise<void> {
  const { seed, expiresAt } = solution.challenge;
  const now = await store.now();
  const verdict = judgeClaim({
    existing: await findClaim(store.db, seed),
    binding: null,
    resumableUntil: null,
    now,
  });
  if (verdict !== "claim") throw new ApiError("work_spent");
  await proof.verify(solution, expected);
  const won = await store.transaction((tx) =>
    insertClaim(tx, { seed, binding: null, state: "spent", leaseUntil: null, now, expiresAt }),
  );
  if (!won) throw new ApiError("work_spent");
}
