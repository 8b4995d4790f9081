/** What a host may be asked, and by whom: its budget, the turns of those who wait, and the breaker (spec/9.3). */
import type { Cause } from "./outbound.ts";

/** What a host may be asked that nothing is known of. */
export const BASE = { atOnce: 4, perSecond: 10 } as const;
/** The most to which that grows as deliveries verify, and by how much each time. */
export const MOST = { atOnce: 32, perSecond: 1_000 } as const;
const STEP = { atOnce: 1, perSecond: 10 } as const;
/** Of a host's budget, what calls that have proved nothing may cause; it does not grow. */
export const UNVERIFIED = { atOnce: 2, perSecond: 5 } as const;
/** What such calls may cause at all hosts together, since names are made up for nothing. */
export const UNVERIFIED_IN_ALL = { atOnce: 64, perSecond: 25, burst: 50 } as const;

/** After so many failures in a row a host is left alone for so long, in milliseconds; then one request is let through. */
export const BREAKER = { failures: 5, pause: 15_000 } as const;

/** The most requests that wait for a turn: of one cause at one host, of one cause at all hosts. */
export const WAITING = {
  atHost: { arrival: 64, delivery: 64, user: 64, unverified: 32 },
  inAll: { arrival: 2_048, delivery: 2_048, user: 2_048, unverified: 128 },
} as const satisfies Record<string, Record<Cause, number>>;

const causes = ["arrival", "delivery", "user", "unverified"] as const satisfies readonly Cause[];

/** How a request that had its turn went, as far as it says something of the host. */
export type Outcome = "answered" | "failed" | "unclear";

/** A request's turn, which ends once. */
export interface Turn {
  end(outcome: Outcome): void;
}

/** A turn, or when to ask again, in milliseconds from now. */
export type TurnAnswer = { readonly turn: Turn } | { readonly retryAfter: number };

/** When the last requests started: never more than the limit in any second. */
class Recent {
  readonly #starts: number[] = [];

  /** How long until one more is within the limit, in milliseconds. */
  wait(limit: number, now: number): number {
    // A clock that was set back says nothing about a second.
    if ((this.#starts.at(-1) ?? 0) > now) this.#starts.length = 0;
    const past = this.#starts.findIndex((start) => start > now - 1_000);
    this.#starts.splice(0, past === -1 ? this.#starts.length : past);
    const last = this.#starts.at(-limit);
    return last === undefined ? 0 : last + 1_000 - now;
  }

  add(now: number): void {
    this.#starts.push(now);
  }
}

/** What is counted over all hosts. */
export class Totals {
  readonly limits: boolean;
  readonly now: () => number;
  /** How many wait for their turn. */
  readonly waiting: Record<Cause, number> = { arrival: 0, delivery: 0, user: 0, unverified: 0 };
  #running = 0;
  #tokens: number = UNVERIFIED_IN_ALL.burst;
  #at: number;

  constructor({ limits, now }: { readonly limits: boolean; readonly now: () => number }) {
    this.limits = limits;
    this.now = now;
    this.#at = now();
  }

  /** How long until one more request for an unverified call is within what all of them may cause, in milliseconds. */
  wait(): number {
    // Whoever has all places gives one back within seconds; when, nobody knows.
    if (this.#running >= UNVERIFIED_IN_ALL.atOnce) return 100;
    if (!this.limits) return 0;
    const now = this.now();
    const refill = (Math.max(0, now - this.#at) * UNVERIFIED_IN_ALL.perSecond) / 1_000;
    this.#tokens = Math.min(UNVERIFIED_IN_ALL.burst, this.#tokens + refill);
    this.#at = now;
    return this.#tokens >= 1
      ? 0
      : Math.ceil(((1 - this.#tokens) * 1_000) / UNVERIFIED_IN_ALL.perSecond);
  }

  start(): void {
    this.#running += 1;
    if (this.limits) this.#tokens -= 1;
  }

  end(): void {
    this.#running -= 1;
  }
}

interface Waiting {
  readonly answer: (answer: TurnAnswer) => void;
}

/** The budget of one host. */
export class Budget {
  readonly #totals: Totals;
  #atOnce: number = BASE.atOnce;
  #perSecond: number = BASE.perSecond;
  readonly #running: Record<Cause, number> = { arrival: 0, delivery: 0, user: 0, unverified: 0 };
  readonly #recent = new Recent();
  readonly #recentUnverified = new Recent();
  /** Each kind of cause has its own line, and they take turns: much of one never keeps another from its share. */
  readonly #lines: Readonly<Record<Cause, Set<Waiting>>> = {
    arrival: new Set(),
    delivery: new Set(),
    user: new Set(),
    unverified: new Set(),
  };
  #turnOf = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failures = 0;
  /** Until when nothing is asked, while the breaker is open; null while it is closed. */
  #openUntil: number | null = null;
  #probing = false;

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  /** Whether nobody has a turn here or waits for one. */
  get isIdle(): boolean {
    return this.#waiting === 0 && causes.every((cause) => this.#running[cause] === 0);
  }

  /** What a host may be asked now. */
  get size(): { readonly atOnce: number; readonly perSecond: number } {
    return { atOnce: this.#atOnce, perSecond: this.#perSecond };
  }

  get #waiting(): number {
    return causes.reduce((sum, cause) => sum + this.#lines[cause].size, 0);
  }

  /** Waits for a turn until the signal says that there is no more time. */
  take(cause: Cause, signal: AbortSignal): Promise<TurnAnswer> {
    const closed = this.#refusal();
    if (closed !== null) return Promise.resolve({ retryAfter: closed });
    if (this.#waiting === 0 && this.#wait(cause) === 0) {
      return Promise.resolve({ turn: this.#start(cause) });
    }
    const line = this.#lines[cause];
    const { waiting: inAll } = this.#totals;
    if (line.size >= WAITING.atHost[cause] || inAll[cause] >= WAITING.inAll[cause]) {
      return Promise.resolve({ retryAfter: 1_000 });
    }
    return new Promise((resolve) => {
      const waiting: Waiting = {
        answer: (answer) => {
          signal.removeEventListener("abort", giveUp);
          line.delete(waiting);
          inAll[cause] -= 1;
          resolve(answer);
        },
      };
      const giveUp = (): void => waiting.answer({ retryAfter: 1_000 });
      signal.addEventListener("abort", giveUp);
      line.add(waiting);
      inAll[cause] += 1;
      this.#proceed();
    });
  }

  /** A delivery has verified: more may be asked. */
  grow(): void {
    this.#atOnce = Math.min(MOST.atOnce, this.#atOnce + STEP.atOnce);
    this.#perSecond = Math.min(MOST.perSecond, this.#perSecond + STEP.perSecond);
    this.#proceed();
  }

  /** The host has shown that it is there. */
  closeBreaker(): void {
    this.#failures = 0;
    this.#openUntil = null;
    this.#proceed();
  }

  /** Sends everybody away who waits. */
  dismiss(retryAfter: number): void {
    for (const cause of causes) {
      for (const waiting of [...this.#lines[cause]]) waiting.answer({ retryAfter });
    }
    this.#stopTimer();
  }

  /** How long nothing is asked of this host, while the breaker is open; else null. */
  #refusal(): number | null {
    if (this.#openUntil === null) return null;
    const left = this.#openUntil - this.#totals.now();
    // A clock that was set back would leave the host alone for as long as it was set back.
    if (left > 0 && left <= BREAKER.pause) return left;
    return this.#probing ? 1_000 : null;
  }

  /**
   * Whether as much is under way as may be. Who is asked for a challenge, or told of a message, asks back before the answer:
   * the places for that are others, else two servers that ask each other would wait for each other.
   */
  #isFull(cause: Cause): boolean {
    const { arrival, delivery, unverified, user } = this.#running;
    switch (cause) {
      case "unverified":
        return unverified >= UNVERIFIED.atOnce;
      case "arrival":
        return arrival >= this.#atOnce;
      case "user":
      case "delivery":
        return user + delivery >= this.#atOnce;
    }
  }

  /** How long until a request for this cause is within the budget, in milliseconds; infinite until another one ends. */
  #wait(cause: Cause): number {
    const { limits, now } = this.#totals;
    const isUnverified = cause === "unverified";
    if (this.#isFull(cause)) return Infinity;
    const waits = isUnverified ? [this.#totals.wait()] : [];
    if (limits) {
      waits.push(this.#recent.wait(this.#perSecond, now()));
      if (isUnverified) waits.push(this.#recentUnverified.wait(UNVERIFIED.perSecond, now()));
    }
    return Math.max(0, ...waits);
  }

  #start(cause: Cause): Turn {
    const now = this.#totals.now();
    const isUnverified = cause === "unverified";
    const isProbe = this.#openUntil !== null;
    if (isProbe) this.#probing = true;
    this.#running[cause] += 1;
    if (this.#totals.limits) this.#recent.add(now);
    if (isUnverified) {
      if (this.#totals.limits) this.#recentUnverified.add(now);
      this.#totals.start();
    }
    let ended = false;
    return {
      end: (outcome) => {
        if (ended) return;
        ended = true;
        this.#running[cause] -= 1;
        if (isUnverified) this.#totals.end();
        if (isProbe) this.#probing = false;
        if (outcome !== "unclear") this.#note(outcome);
        this.#proceed();
      },
    };
  }

  #note(outcome: Outcome): void {
    if (outcome === "answered") {
      this.#failures = 0;
      this.#openUntil = null;
      return;
    }
    this.#failures += 1;
    this.#atOnce = Math.max(BASE.atOnce, Math.floor(this.#atOnce / 2));
    this.#perSecond = Math.max(BASE.perSecond, Math.floor(this.#perSecond / 2));
    if (this.#failures < BREAKER.failures) return;
    this.#openUntil = this.#totals.now() + BREAKER.pause;
    this.dismiss(BREAKER.pause);
  }

  /** Gives turns to those who wait, line by line, as far as the budget goes, and comes back when it goes further. */
  #proceed(): void {
    this.#stopTimer();
    let soonest = Infinity;
    for (let passed = 0; passed < causes.length;) {
      const cause = causes[this.#turnOf % causes.length] as Cause;
      this.#turnOf += 1;
      const [first] = this.#lines[cause];
      const wait = first === undefined ? Infinity : this.#wait(cause);
      if (first === undefined || wait > 0) {
        soonest = Math.min(soonest, wait);
        passed += 1;
        continue;
      }
      first.answer({ turn: this.#start(cause) });
      passed = 0;
    }
    if (soonest === Infinity) return;
    this.#timer = setTimeout(() => this.#proceed(), Math.max(1, soonest));
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
