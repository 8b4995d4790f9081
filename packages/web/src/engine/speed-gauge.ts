/** How fast this device works, measured while it does: what every time that the app names is made from. */
import type { Miner } from "@keypears/pow5";

/** At the beginning workers start and the kernel is being optimised: that says nothing. In milliseconds, as all here. */
const WARM_UP = 150;
/** So often a measure is taken; a shorter rest says too little. */
const STRETCH = 500;
const LEAST = 250;
/** How much a new measure counts against those before: a machine that has something else to do for a moment is not slow. */
const WEIGHT = 0.4;

export interface SpeedGauge {
  /** The same miner, measured. */
  measured(miner: Pick<Miner, "mine">): Pick<Miner, "mine">;
  /** What is measured at the moment does not count: other conditions began. */
  restart(): void;
}

export interface SpeedGaugeOptions {
  /** A clock in milliseconds that never goes back. */
  now(): number;
  /** Hashes in a second as known from before, or null. */
  readonly known: number | null;
  /** Whether the conditions are those under which somebody waits: not while nobody looks at the page. */
  isUsual(): boolean;
  onSpeed(hashesPerSecond: number): void;
  /** How many jobs share that speed. */
  onJobs(jobs: number): void;
}

/** A gauge over all jobs together, since they share the device. */
export function createSpeedGauge(options: SpeedGaugeOptions): SpeedGauge {
  const { now, isUsual, onSpeed, onJobs } = options;
  let speed = options.known;
  let jobs = 0;
  let since = 0;
  let tried = 0;
  let isWarm = false;

  function restart(): void {
    since = now() + WARM_UP;
    isWarm = false;
  }

  function take(more: number): void {
    if (isWarm) {
      tried += more;
      look(STRETCH);
    } else if (now() >= since) {
      // What this answer tells of was done before: the count begins with the next.
      since = now();
      tried = 0;
      isWarm = true;
    }
  }

  function look(least: number): void {
    const time = now();
    const milliseconds = time - since;
    if (milliseconds < least) return;
    const measured = (tried * 1000) / milliseconds;
    since = time;
    tried = 0;
    if (!isUsual() || measured === 0) return;
    speed = Math.round(speed === null ? measured : speed + (measured - speed) * WEIGHT);
    onSpeed(speed);
  }

  function count(change: 1 | -1): void {
    if (change === 1 && jobs === 0) restart();
    jobs += change;
    if (jobs === 0 && isWarm) look(LEAST);
    onJobs(jobs);
  }

  return {
    restart,
    measured: (miner) => ({
      async mine(parts, given = {}) {
        count(1);
        try {
          return await miner.mine(parts, {
            ...given,
            onTried(more) {
              take(more);
              given.onTried?.(more);
            },
          });
        } finally {
          count(-1);
        }
      },
    }),
  };
}
