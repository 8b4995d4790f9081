/**
 * What a first message costs, and what a client is willing to pay.
 * @module spec/7.5
 */

/** Requests waiting from one registrable domain that double the price of the next (spec/7.6). */
const WAITING_FROM_DOMAIN = 20;
/** Requests waiting in all that double the price of the next (spec/7.6). */
const WAITING_IN_ALL = 100;
/** How often the price of a first contact doubles at most: 1024 times the base (spec/7.6). */
const MOST_DOUBLINGS = 10;

/**
 * The difficulty of a first contact (spec/7.6): `base`, doubled for every 20 requests that wait from the sender's
 * registrable domain and for every 100 that wait in all, at most 1024 times and at most 2⁵³−1. `RangeError` for a base
 * that is no difficulty or counts that are no whole numbers from 0.
 */
export function price(options: {
  readonly base: number;
  readonly waitingFromDomain: number;
  readonly waitingInAll: number;
}): number {
  const { base, waitingFromDomain, waitingInAll } = options;
  if (!isDifficulty(base)) throw new RangeError("base: 1 to 2^53-1");
  for (const count of [waitingFromDomain, waitingInAll]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError("waiting: from 0");
  }
  const doublings =
    Math.floor(waitingFromDomain / WAITING_FROM_DOMAIN) + Math.floor(waitingInAll / WAITING_IN_ALL);
  return Math.min(base * 2 ** Math.min(doublings, MOST_DOUBLINGS), Number.MAX_SAFE_INTEGER);
}

/** Whether a number can be a difficulty: whole, 1 to 2⁵³−1 (spec/7.3). */
export function isDifficulty(difficulty: number): boolean {
  return Number.isSafeInteger(difficulty) && difficulty >= 1;
}

/**
 * Whether a client mines at once, asks its user first because the difficulty is above the client's ceiling, or refuses
 * because it is no difficulty (spec/7.5). What the ceiling is, is the client's own affair, never the server's.
 */
export function judgeDifficulty(difficulty: number, ceiling: number): "mine" | "ask" | "refuse" {
  if (!isDifficulty(difficulty)) return "refuse";
  return difficulty > ceiling ? "ask" : "mine";
}
