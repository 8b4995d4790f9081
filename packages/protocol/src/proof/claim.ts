/**
 * What a solution pays for, and what becomes of it when it is presented again.
 * @module spec/7.4
 */
import type { Address } from "../address.ts";
import { equalBytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type Id, idBytes } from "../bytes/id.ts";
import { type Hash, type PublicDigest, sha256 } from "../keys.ts";

/** How long one attempt holds a claim before another may take it up, in milliseconds (spec/7.4). */
export const CLAIM_LEASE = 30_000;

/** A claim as the server keeps it, one per seed (spec/7.4). */
export interface Claim {
  /** What it was claimed for, or null where nothing may join it (log-in, step-up). */
  readonly binding: Hash | null;
  readonly state: "claimed" | "spent";
  /** When the attempt under way loses its hold, in milliseconds; null when none is under way. */
  readonly leaseUntil: number | null;
}

/**
 * What to do with a solution (spec/7.4):
 *
 * | verdict | meaning |
 * | --- | --- |
 * | claim | nobody has claimed it: verify it, insert the claim, go on |
 * | resume | claimed for the same thing, and no attempt holds it: take the lease, go on |
 * | busy | claimed for the same thing, and an attempt holds it: answer with its state |
 * | same | spent on the same thing: answer again what was answered |
 * | expired | claimed for the same thing, not finished before it could no longer be resumed |
 * | other | claimed for something else, or by something that nothing joins: refuse |
 */
export type ClaimVerdict = "claim" | "resume" | "busy" | "same" | "expired" | "other";

/**
 * Judges a solution by the claim that exists for its seed (spec/7.4). `binding` is null for log-in and step-up: their
 * claim is the spending, and nothing joins it. `resumableUntil` is the challenge's expiry for a registration and null for
 * a message, whose job outlasts its challenge. The lease ends at `leaseUntil` itself.
 */
export function judgeClaim(options: {
  readonly existing: Claim | null;
  readonly binding: Hash | null;
  readonly resumableUntil: number | null;
  readonly now: number;
}): ClaimVerdict {
  const { existing, binding, resumableUntil, now } = options;
  if (existing === null) return "claim";
  if (existing.binding === null || binding === null) return "other";
  if (!equalBytes(existing.binding, binding)) return "other";
  if (existing.state === "spent") return "same";
  if (existing.leaseUntil !== null && now < existing.leaseUntil) return "busy";
  return resumableUntil !== null && now > resumableUntil ? "expired" : "resume";
}

/**
 * What a message's solution is bound to (spec/7.4): SHA-256 over both addresses, the message's id and SHA-256(header ‖ box),
 * so that it pays for this envelope and no other. A registration's binding is the hash of its first key record.
 */
export async function messageBinding(
  sender: Address,
  recipient: Address,
  id: Id,
  hash: Hash,
  digest: PublicDigest = sha256,
): Promise<Hash> {
  return digest(frame("keypears/v1/pow-message", sender, recipient, idBytes(id), hash));
}
