/**
 * A miner over as many threads as are wanted at the time: when that changes, what is under way goes on with others. Parts that are solved
 * stay solved, and of the rest nothing is lost, since no try brings the next one nearer (spec/7.3).
 */
import type { Miner } from "@keypears/pow5";

export interface FollowingMiner extends Miner {
  /** Something has changed: looks whether another number of threads is wanted now. */
  follow(): void;
  /** Opens the miner that the first work will need. */
  prepare(): void;
}

interface Present {
  /** For how many it was opened. */
  readonly threads: number;
  readonly miner: Miner;
  readonly change: AbortController;
}

/** `open` makes a miner over so many threads; it is closed when another number is wanted. */
export function createFollowingMiner(
  open: (threads: number) => Miner,
  wanted: () => number,
): FollowingMiner {
  let present: Present | null = null;
  let isClosed = false;

  function current(): Present {
    if (isClosed) throw new Error("the miner is closed");
    if (present === null) {
      const threads = wanted();
      present = { threads, miner: open(threads), change: new AbortController() };
    }
    return present;
  }

  function leave(reason: string): void {
    const before = present;
    present = null;
    before?.change.abort(new Error(reason));
    before?.miner.close();
  }

  return {
    get threads() {
      return present?.threads ?? wanted();
    },

    async mine(parts, options = {}) {
      const nonces: (Awaited<ReturnType<Miner["mine"]>>[number] | null)[] = parts.map(() => null);
      for (;;) {
        const left = [...nonces.keys()].filter((index) => nonces[index] === null);
        const { miner, change } = current();
        const own = options.signal === undefined ? [] : [options.signal];
        try {
          await miner.mine(
            parts.filter((_, index) => nonces[index] === null),
            {
              ...options,
              signal: AbortSignal.any([...own, change.signal]),
              onPart(index, nonce) {
                const place = left[index] ?? index;
                nonces[place] = nonce;
                options.onPart?.(place, nonce);
              },
            },
          );
          return nonces.flatMap((nonce) => nonce ?? []);
        } catch (error) {
          options.signal?.throwIfAborted();
          if (!change.signal.aborted || isClosed) throw error;
        }
      }
    },

    follow() {
      if (present !== null && present.threads !== wanted()) {
        leave("another number of threads is wanted");
      }
    },

    prepare: () => void current(),

    close() {
      isClosed = true;
      leave("the miner was closed");
    },
  };
}
