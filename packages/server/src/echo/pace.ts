/** How much work is done for answers in a while: for one address, and for all together. */
import type { Address } from "@keypears/protocol";

/** Hashes a minute (spec/7.5). */
export interface Allowance {
  readonly peer: number;
  readonly all: number;
  /** What an answer counts for at the least, however cheap it is. */
  readonly least: number;
}

/**
 * At the default price ten answers a minute to one address and forty in all; where they cost next to nothing, as in
 * development, ten times as many.
 */
export const usualAllowance: Allowance = {
  peer: 70_000_000,
  all: 280_000_000,
  least: 700_000,
};

/** Of how many addresses it is known what was spent on them. */
const MOST_PEERS = 10_000;
const MINUTE = 60_000;

interface Bucket {
  /** Below 0 after something dear. */
  level: number;
  at: number;
}

export class Pace {
  readonly #allowance: Allowance;
  readonly #all: Bucket;
  readonly #peers = new Map<Address, Bucket>();

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
    this.#all = { level: allowance.all, at: -Infinity };
  }

  /** How long until something may be spent on an address, in milliseconds; 0 for now. */
  wait(peer: Address, now: number): number {
    const bucket = this.#peers.get(peer);
    const own = bucket === undefined ? 0 : pause(bucket, this.#allowance.peer, now);
    return Math.max(own, pause(this.#all, this.#allowance.all, now));
  }

  /** Notes what an answer costs: one that is dear keeps the next ones waiting for longer. */
  spend(peer: Address, difficulty: number, now: number): void {
    const { peer: perPeer, all, least } = this.#allowance;
    const bucket = this.#peers.get(peer) ?? { level: perPeer, at: now };
    // The order of the map is that of use.
    this.#peers.delete(peer);
    this.#peers.set(peer, bucket);
    if (this.#peers.size > MOST_PEERS) {
      const oldest = this.#peers.keys().next();
      if (!oldest.done) this.#peers.delete(oldest.value);
    }
    const cost = Math.max(least, difficulty);
    take(bucket, perPeer, cost, now);
    take(this.#all, all, cost, now);
  }
}

/** What is there now, never more than a minute's. */
function levelOf({ level, at }: Bucket, perMinute: number, now: number): number {
  const gained = (Math.max(0, now - at) * perMinute) / MINUTE;
  return Math.min(perMinute, level + gained);
}

function pause(bucket: Bucket, perMinute: number, now: number): number {
  const level = levelOf(bucket, perMinute, now);
  return level > 0 ? 0 : Math.floor((-level * MINUTE) / perMinute) + 1;
}

function take(bucket: Bucket, perMinute: number, cost: number, now: number): void {
  bucket.level = levelOf(bucket, perMinute, now) - cost;
  bucket.at = now;
}
