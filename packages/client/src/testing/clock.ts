/** The clock of tests: it stands still until it is moved, and knows who sleeps. */
import type { Clock } from "../ports.ts";

/** When tests begin, in milliseconds. */
export const START = 1_763_942_400_000;

interface Sleeper {
  readonly due: number;
  readonly length: number;
  readonly wake: () => void;
}

/** Pauses between attempts, and not how long an answer or a stream's next word may take. */
export function isPause(length: number): boolean {
  return length < 30_000 && length !== 10_000;
}

export class TestClock implements Clock {
  time = START;
  /** Pauses of these lengths, in milliseconds, are over at once; the clock jumps. */
  skips: (length: number) => boolean = () => false;
  readonly #sleepers = new Set<Sleeper>();
  readonly #watchers = new Set<() => void>();

  now(): number {
    return this.time;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        due: this.time + milliseconds,
        length: milliseconds,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#sleepers.add(sleeper);
      if (this.skips(milliseconds)) {
        setImmediate(() => {
          if (!this.#sleepers.has(sleeper)) return;
          this.time = Math.max(this.time, sleeper.due);
          sleeper.wake();
        });
      }
      for (const tell of this.#watchers) tell();
    });
  }

  /** Moves on and wakes whoever's time has come, in order. */
  advance(milliseconds: number): void {
    const until = this.time + milliseconds;
    const due = [...this.#sleepers]
      .filter((sleeper) => sleeper.due <= until)
      .toSorted((a, b) => a.due - b.due);
    for (const sleeper of due) {
      this.time = Math.max(this.time, sleeper.due);
      sleeper.wake();
    }
    this.time = until;
  }

  /** Waits until somebody is in a pause of such a length, then moves to its end; gives the length. */
  async skip(is: (length: number) => boolean): Promise<number> {
    for (;;) {
      const found = [...this.#sleepers].find(({ length }) => is(length));
      if (found !== undefined) {
        this.advance(Math.max(0, found.due - this.time));
        return found.length;
      }
      await new Promise<void>((resolve) => {
        const tell = (): void => {
          this.#watchers.delete(tell);
          resolve();
        };
        this.#watchers.add(tell);
      });
    }
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.size;
  }
}
