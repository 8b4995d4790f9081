/** How fast a miner is, from what it tells of its work: what an estimate of the time that something takes is made from. */
export interface SpeedMeter {
  /** A job begins; the answer is to be called when it ends. */
  begin(): () => void;
  tried(count: number): void;
  /** Hashes a second while there was work, or null as long as there was too little to tell. */
  hashesPerSecond(): number | null;
}

/** Less says little: threads are still starting, kernels are being optimised, dispatches are still small. */
const LEAST_MILLISECONDS = 300;
/** What is longer ago counts ever less. */
const MEMORY_MILLISECONDS = 10_000;

/** `now` is a clock in milliseconds that never goes back. */
export function createSpeedMeter(now: () => number): SpeedMeter {
  let jobs = 0;
  let since = 0;
  let milliseconds = 0;
  let count = 0;

  /** Adds the time since the last look, if there was work. */
  function look(): void {
    const at = now();
    if (jobs > 0) milliseconds += at - since;
    since = at;
  }

  return {
    begin() {
      look();
      jobs++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        look();
        jobs--;
      };
    },
    tried(more) {
      look();
      count += more;
      if (milliseconds > MEMORY_MILLISECONDS) {
        milliseconds /= 2;
        count /= 2;
      }
    },
    hashesPerSecond() {
      look();
      return milliseconds < LEAST_MILLISECONDS || count === 0
        ? null
        : Math.round((count * 1000) / milliseconds);
    },
  };
}
