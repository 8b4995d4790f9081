/**
 * The miner that a client has: over the graphics processor where there is a good one, over threads where there is not. Nobody waits for the choice: until it is made, and when
 * the graphics processor fails, the threads work. Whatever was solved stays solved.
 */
import { GpuFailure } from "./gpu/processor.ts";
import type { GpuRefusal } from "./gpu/processor.ts";
import { checkPart } from "./kernel.ts";
import type { Bytes, Part } from "./kernel.ts";
import type { MineOptions, Miner } from "./miner.ts";
import { createSpeedMeter } from "./speed.ts";
import type { SpeedMeter } from "./speed.ts";

export type MinerPath = "gpu" | "cpu";

export interface ChoosingMinerOptions {
  /** Tries to open the graphics processor, as `createGpuMiner` does. */
  openGpu(): Promise<Miner | GpuRefusal>;
  /** Makes the miner over threads; called when it is first needed, and again when that rejected. */
  openThreads(): Miner | Promise<Miner>;
  /** A clock in milliseconds that never goes back; by default `performance.now`. */
  readonly now?: (() => number) | undefined;
}

export interface ChoosingMiner extends Miner {
  /** Chooses now, ahead of the first work, and answers what was chosen. Never rejects. */
  prepare(): Promise<MinerPath>;
  /** What works, or would if there were work now. */
  readonly path: MinerPath;
  /** Why it is not the graphics processor, or null where it is or nothing was tried yet. */
  readonly reason: GpuRefusal | GpuFailure | null;
  /** Hashes a second on the present path as measured while it worked, or null when it has not for long enough. */
  readonly hashesPerSecond: number | null;
}

/** A graphics processor that went away may be back: after a driver's update, or a sleep. One that goes away so often is left alone. */
const MAX_LOSSES = 3;

/** A miner that chooses its path (see above). */
export function createChoosingMiner({
  openGpu,
  openThreads,
  now = () => performance.now(),
}: ChoosingMinerOptions): ChoosingMiner {
  const closing = new AbortController();
  let gpu: Miner | null = null;
  let choosing: Promise<void> | null = null;
  let threads: Promise<Miner> | null = null;
  let threadCount = 0;
  let reason: GpuRefusal | GpuFailure | null = null;
  let losses = 0;
  const meters: Record<MinerPath, SpeedMeter> = {
    gpu: createSpeedMeter(now),
    cpu: createSpeedMeter(now),
  };

  /** Settles when it is known whether there is a graphics processor. */
  function choose(): Promise<void> {
    choosing ??= openGpu()
      .catch((error: unknown): GpuRefusal => ({ refused: "failed", detail: String(error) }))
      .then((opened) => {
        if ("refused" in opened) reason = opened;
        else if (closing.signal.aborted) opened.close();
        else {
          gpu = opened;
          reason = null;
        }
      });
    return choosing;
  }

  async function threadMiner(): Promise<Miner> {
    threads ??= Promise.resolve(openThreads());
    try {
      const miner = await threads;
      if (closing.signal.aborted) miner.close();
      threadCount = miner.threads;
      return miner;
    } catch (error) {
      threads = null;
      throw error;
    }
  }

  /** Does without the graphics processor from now on, or until the next job if it may be back by then. */
  function leaveGpu(failed: Miner, failure: GpuFailure): void {
    reason = failure;
    if (gpu !== failed) return;
    gpu = null;
    failed.close();
    if (failure.fault === "lost" && ++losses < MAX_LOSSES) choosing = null;
  }

  async function mine(parts: readonly Part[], options: MineOptions = {}): Promise<Bytes[]> {
    closing.signal.throwIfAborted();
    for (const part of parts) checkPart(part);
    options.signal?.throwIfAborted();
    if (parts.length === 0) return [];
    const work = remainderOf(parts, options);
    let known = false;
    const chosen = choose().then(() => (known = true));
    while (work.parts().length > 0) {
      if (gpu !== null) await mineOnGpu(gpu, work);
      else if (known) await mineOn("cpu", await threadMiner(), work);
      else await mineUntil(chosen, work);
    }
    return work.nonces();
  }

  async function mineOnGpu(miner: Miner, work: Remainder): Promise<void> {
    try {
      await mineOn("gpu", miner, work);
    } catch (error) {
      if (!(error instanceof GpuFailure) || closing.signal.aborted) throw error;
      leaveGpu(miner, error);
    }
  }

  /** Mines over threads until it is known that there is something better. */
  async function mineUntil(chosen: Promise<unknown>, work: Remainder): Promise<void> {
    const better = new AbortController();
    void chosen.then(() => {
      if (gpu !== null) better.abort();
    });
    try {
      await mineOn("cpu", await threadMiner(), work, better.signal);
    } catch (error) {
      if (!better.signal.aborted || work.signal?.aborted || closing.signal.aborted) throw error;
    }
  }

  async function mineOn(
    path: MinerPath,
    miner: Miner,
    work: Remainder,
    ...signals: AbortSignal[]
  ): Promise<void> {
    const meter = meters[path];
    const end = meter.begin();
    try {
      await work.goOn(miner, [closing.signal, ...signals], meter);
    } finally {
      end();
    }
  }

  return {
    mine,
    async prepare() {
      await choose();
      return gpu === null ? "cpu" : "gpu";
    },
    get path() {
      return gpu === null ? "cpu" : "gpu";
    },
    get reason() {
      return reason;
    },
    get hashesPerSecond() {
      return meters[gpu === null ? "cpu" : "gpu"].hashesPerSecond();
    },
    get threads() {
      return gpu === null ? threadCount : 0;
    },
    close() {
      closing.abort(new Error("the miner was closed"));
      gpu?.close();
      // One that does not start has rejected the jobs that wanted it.
      threads?.then((miner) => miner.close()).catch(() => undefined);
    },
  };
}

/** What is left of a job, whichever miner goes on with it. */
interface Remainder {
  readonly signal: AbortSignal | undefined;
  parts(): Part[];
  nonces(): Bytes[];
  goOn(miner: Miner, signals: readonly AbortSignal[], meter: SpeedMeter): Promise<void>;
}

function remainderOf(all: readonly Part[], options: MineOptions): Remainder {
  // Copied, as the caller may use its seeds' memory again.
  const parts = all.map(({ seed, difficulty }) => ({ seed: seed.slice(), difficulty }));
  const nonces: (Bytes | null)[] = parts.map(() => null);
  const unsolved = (): number[] =>
    nonces.flatMap((nonce, index) => (nonce === null ? [index] : []));
  return {
    signal: options.signal,
    parts: () => parts.filter((_, index) => nonces[index] === null),
    nonces: () => nonces.flatMap((nonce) => nonce ?? []),

    async goOn(miner, signals, meter) {
      const indices = unsolved();
      const own = options.signal === undefined ? [] : [options.signal];
      await miner.mine(this.parts(), {
        signal: AbortSignal.any([...own, ...signals]),
        onPart(index, nonce) {
          const original = indices[index] ?? index;
          nonces[original] = nonce;
          options.onPart?.(original, nonce);
        },
        onTried(count) {
          meter.tried(count);
          options.onTried?.(count);
        },
      });
    },
  };
}
