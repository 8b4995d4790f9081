/**
 * Work for other domains, in turns: what is waiting for one domain is tried again and again, with growing pauses while the
 * domain cannot be reached, and at once when it shows itself (spec/9.2). The same for what goes out and for what comes in.
 *
 * It holds no message: a key stands for rows of the store, and what is waiting there is read when its turn comes.
 */
import type { Domain, Random } from "@keypears/protocol";

/**
 * What came of one turn: `done`, nothing is left of this key; `later`, the domain answers and this key has to wait;
 * `fault`, the domain cannot be reached, which holds for all that is waiting for it.
 */
export type Turn =
  | { readonly kind: "done" }
  | { readonly kind: "later" }
  | { readonly kind: "fault"; readonly retryAfter?: number };

/** Calls `work` after so many milliseconds, unless the function that comes back is called before. */
export type Later = (milliseconds: number, work: () => void) => () => void;

export const later: Later = (milliseconds, work) => {
  const timer = setTimeout(work, milliseconds).unref();
  return () => clearTimeout(timer);
};

/** The first pause and the longest, in milliseconds. */
const FIRST_PAUSE = 1_000;
const MOST_PAUSE = 30_000;
/** How many keys of one domain are under way at once. */
const AT_ONCE = 32;

interface Item {
  readonly key: string;
  readonly work: () => Promise<Turn>;
  /** Turns of its own that ended with `later`, one after the other. */
  attempts: number;
  /** Whether it was asked for again while it was under way. */
  again: boolean;
  cancel: (() => void) | null;
}

interface DomainState {
  /** In the order in which they came. */
  readonly waiting: Map<string, Item>;
  readonly running: Map<string, Item>;
  /** Keys whose own pause lasts. */
  readonly resting: Map<string, Item>;
  /** Turns in a row that could not reach the domain. */
  faults: number;
  /** Ends the pause of the domain; null while there is none. */
  cancel: (() => void) | null;
}

export class Rounds {
  readonly #later: Later;
  readonly #random: Random;
  readonly #domains = new Map<Domain, DomainState>();
  readonly #onError: (error: unknown) => void;
  #idle: (() => void)[] = [];
  #running = 0;
  #stopped = false;

  constructor(options: {
    readonly later: Later;
    readonly random: Random;
    readonly onError: (error: unknown) => void;
  }) {
    this.#later = options.later;
    this.#random = options.random;
    this.#onError = options.onError;
  }

  /** Gives a key its turn soon; once more, when it is under way. */
  add(domain: Domain, key: string, work: () => Promise<Turn>): void {
    if (this.#stopped) return;
    const state = this.#state(domain);
    const running = state.running.get(key);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const resting = state.resting.get(key);
    if (resting !== undefined) {
      this.#rouse(state, resting);
    } else if (!state.waiting.has(key)) {
      state.waiting.set(key, { key, work, attempts: 0, again: false, cancel: null });
    }
    this.#go(domain, state);
  }

  /** The domain has shown itself: all pauses are over. */
  wake(domain: Domain): void {
    const state = this.#domains.get(domain);
    if (state === undefined || this.#stopped) return;
    state.faults = 0;
    state.cancel?.();
    state.cancel = null;
    for (const item of [...state.resting.values()]) this.#rouse(state, item);
    this.#go(domain, state);
  }

  /** Whether anything is waiting, resting or under way for a domain. */
  isBusy(domain: Domain): boolean {
    return this.#domains.has(domain);
  }

  /** Begins nothing any more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const state of this.#domains.values()) {
      state.cancel?.();
      for (const { cancel } of state.resting.values()) cancel?.();
    }
    if (this.#running > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #state(domain: Domain): DomainState {
    const known = this.#domains.get(domain);
    if (known !== undefined) return known;
    const state: DomainState = {
      waiting: new Map(),
      running: new Map(),
      resting: new Map(),
      faults: 0,
      cancel: null,
    };
    this.#domains.set(domain, state);
    return state;
  }

  #rouse(state: DomainState, item: Item): void {
    item.cancel?.();
    item.cancel = null;
    item.attempts = 0;
    state.resting.delete(item.key);
    state.waiting.set(item.key, item);
  }

  /** Starts as much as may be under way: after a fault one alone, which shows whether the domain is back. */
  #go(domain: Domain, state: DomainState): void {
    while (!this.#stopped && state.cancel === null) {
      const most = state.faults > 0 ? 1 : AT_ONCE;
      const [item] = state.waiting.values();
      if (item === undefined || state.running.size >= most) break;
      state.waiting.delete(item.key);
      state.running.set(item.key, item);
      void this.#run(domain, state, item);
    }
    const left = state.waiting.size + state.running.size + state.resting.size;
    if (left === 0) this.#domains.delete(domain);
  }

  async #run(domain: Domain, state: DomainState, item: Item): Promise<void> {
    this.#running++;
    let turn: Turn;
    try {
      turn = await item.work();
    } catch (error) {
      // A fault of this server: the row is still there, and its turn comes again.
      this.#onError(error);
      turn = { kind: "later" };
    }
    this.#running--;
    state.running.delete(item.key);
    if (this.#stopped) {
      if (this.#running === 0) for (const idle of this.#idle.splice(0)) idle();
      return;
    }
    this.#settle(domain, state, item, turn);
    this.#go(domain, state);
  }

  #settle(domain: Domain, state: DomainState, item: Item, turn: Turn): void {
    if (turn.kind === "fault") {
      // Behind the others: what fails for a reason of its own keeps nobody else from being the next to try.
      state.waiting.set(item.key, item);
      item.again = false;
      if (state.cancel !== null) return;
      state.faults++;
      const pause = Math.max(this.#pause(state.faults), Math.min(turn.retryAfter ?? 0, MOST_PAUSE));
      state.cancel = this.#later(pause, () => {
        state.cancel = null;
        this.#go(domain, state);
      });
      return;
    }
    state.faults = 0;
    if (item.again) {
      item.again = false;
      item.attempts = 0;
      state.waiting.set(item.key, item);
    } else if (turn.kind === "later") {
      item.attempts++;
      state.resting.set(item.key, item);
      item.cancel = this.#later(this.#pause(item.attempts), () => {
        item.cancel = null;
        state.resting.delete(item.key);
        state.waiting.set(item.key, item);
        this.#go(domain, state);
      });
    }
  }

  /** Twice as long each time, and not for everybody at the same moment. */
  #pause(attempt: number): number {
    const longest = Math.min(MOST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempt - 1, 20));
    const [byte = 0] = this.#random(1);
    return longest * (0.75 + byte / 1024);
  }
}
