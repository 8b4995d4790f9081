/**
 * The order of messages to one recipient: that in which they were written, however long the work of each takes.
 * @module spec/6.6
 */
import type { Address } from "@keypears/protocol";

/** A place in the order. */
export interface Turn {
  /** Resolves when all who were before are done; rejects with the signal's reason when that is aborted first. */
  come(signal: AbortSignal | undefined): Promise<void>;
  /** Lets the next come up. Whoever has a turn calls it, whatever has become of it. */
  done(): void;
}

/** One order for each recipient. */
export class Turns {
  readonly #last = new Map<Address, Promise<void>>();

  reserve(to: Address): Turn {
    const before = this.#last.get(to) ?? Promise.resolve();
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const after = before.then(() => promise);
    this.#last.set(to, after);
    void after.then(() => {
      if (this.#last.get(to) === after) this.#last.delete(to);
    });
    return {
      done,
      async come(signal) {
        signal?.throwIfAborted();
        if (signal === undefined) return before;
        const { promise: aborted, reject } = Promise.withResolvers<never>();
        const giveUp = (): void => reject(signal.reason);
        signal.addEventListener("abort", giveUp, { once: true });
        try {
          await Promise.race([before, aborted]);
        } finally {
          signal.removeEventListener("abort", giveUp);
        }
      },
    };
  }
}
