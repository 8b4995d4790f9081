/**
 * The client's side of the proof of work: whether a challenge is what was asked for, and its sixteen nonces.
 * @module spec/7.2
 */
import {
  ALGORITHM,
  type Bytes,
  type Challenge,
  type Domain,
  PARTS,
  type Purpose,
  type Solution,
  equalBytes,
  judgeDifficulty,
  parts,
} from "@keypears/protocol";
import { ClientError } from "../errors.ts";
import type { Miner } from "../ports.ts";

/** The most hashes that a client mines for each purpose without asking its user (spec/7.5). */
export type Ceilings = Readonly<Record<Purpose, number>>;

/** What a client mines without asking its user, where it was not told otherwise: four times the defaults of spec/7.5. */
const defaultCeilings: Ceilings = {
  register: 280_000_000,
  login: 28_000_000,
  "step-up": 28_000_000,
  "first-contact": 280_000_000,
  message: 28_000_000,
};

/** Ceilings as a client is given them: a function is asked anew each time, as where they follow the device's speed. */
export type GivenCeilings = Partial<Ceilings> | (() => Partial<Ceilings>);

/** The ceiling for a purpose at this moment, in hashes (spec/7.5). */
export function ceilingOf(given: GivenCeilings, purpose: Purpose): number {
  const own = typeof given === "function" ? given() : given;
  return own[purpose] ?? defaultCeilings[purpose];
}

/** What a challenge has to be for. */
export interface Wanted {
  readonly domain: Domain;
  readonly purposes: readonly Purpose[];
  readonly subject: Bytes;
}

/** Throws `challenge_refused` with the member that is not as asked for (spec/7.2): work for anything else could be sold on. */
export function checkChallenge(challenge: Challenge, wanted: Wanted): void {
  const wrong =
    challenge.algorithm !== ALGORITHM
      ? "algorithm"
      : challenge.domain !== wanted.domain
        ? "domain"
        : !wanted.purposes.includes(challenge.purpose)
          ? "purpose"
          : !equalBytes(challenge.subject, wanted.subject)
            ? "subject"
            : null;
  if (wrong !== null) throw new ClientError("challenge_refused", { reason: wrong });
}

/** Throws `too_expensive` above the ceiling, `challenge_refused` for what is no difficulty (spec/7.5). */
export function checkPrice(
  { difficulty, purpose }: Pick<Challenge, "difficulty" | "purpose">,
  ceiling: number,
): void {
  const verdict = judgeDifficulty(difficulty, ceiling);
  if (verdict === "refuse") throw new ClientError("challenge_refused", { reason: "difficulty" });
  if (verdict === "ask") throw new ClientError("too_expensive", { reason: purpose, difficulty });
}

/**
 * Mines the sixteen parts of a challenge (spec/7.3); `onParts` is told how many are done, 0 first. Throws `mining_failed` where the
 * miner does.
 */
export async function solve(options: {
  readonly challenge: Challenge;
  readonly miner: Miner;
  readonly signal?: AbortSignal | undefined;
  readonly onParts?: ((done: number) => void) | undefined;
}): Promise<Solution> {
  const { challenge, miner, signal, onParts } = options;
  signal?.throwIfAborted();
  let done = 0;
  onParts?.(0);
  const seeds = await parts(challenge);
  let nonces: Awaited<ReturnType<Miner["mine"]>>;
  try {
    nonces = await miner.mine(seeds, { signal, onPart: () => onParts?.(++done) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ClientError("mining_failed", { cause });
  }
  if (nonces.length !== PARTS) throw new Error("the miner gave another number of nonces");
  return { challenge, nonces };
}
