/** What every miner keeps of its jobs, whatever it computes with: which parts are solved, who is told, and how a job ends. */
import { checkPart } from "./kernel.ts";
import type { Bytes, Part } from "./kernel.ts";
import type { MineOptions } from "./miner.ts";

/** One part of a job. */
export interface Task extends Part {
  readonly job: Job;
  readonly index: number;
  readonly seed: Bytes;
  nonce: Bytes | null;
}

export interface Job {
  readonly tasks: Task[];
  readonly options: MineOptions;
  resolve(nonces: Bytes[]): void;
  reject(reason: unknown): void;
}

/** The jobs of one miner. */
export interface Jobs {
  /** Those under way, in an order that is the miner's to change. */
  readonly all: Set<Job>;
  /** As {@link Miner.mine}. */
  mine(parts: readonly Part[], options?: MineOptions): Promise<Bytes[]>;
  /** `tried` more nonces were tried for a task, and one of them solves it unless `nonce` is null. */
  note(task: Task, nonce: Bytes | null, tried: number): void;
  /** All jobs under way reject. */
  end(reason: Error): void;
  /** All jobs under way reject, and so does every one that comes. */
  close(): void;
}

/** `start` sets about a new job, which is in `all` already; `rest` is called when the last one has ended. */
export function createJobs(start: (job: Job) => void, rest: () => void): Jobs {
  const all = new Set<Job>();
  let closed = false;

  function finish(job: Job, settle: () => void): void {
    if (!all.delete(job)) return;
    if (all.size === 0) rest();
    settle();
  }

  function end(reason: Error): void {
    for (const job of all) finish(job, () => job.reject(reason));
  }

  return {
    all,
    end,

    async mine(parts, options = {}) {
      if (closed) throw new Error("the miner is closed");
      for (const part of parts) checkPart(part);
      options.signal?.throwIfAborted();
      if (parts.length === 0) return [];
      const { promise, resolve, reject } = Promise.withResolvers<Bytes[]>();
      const job: Job = { tasks: [], options, resolve, reject };
      for (const [index, { seed, difficulty }] of parts.entries()) {
        // Copied, as the caller may use its seeds' memory again.
        const copy = new Uint8Array(seed);
        job.tasks.push({ job, index, seed: copy, difficulty, nonce: null });
      }
      const abort = (): void => finish(job, () => reject(options.signal?.reason));
      options.signal?.addEventListener("abort", abort);
      all.add(job);
      start(job);
      return promise.finally(() => options.signal?.removeEventListener("abort", abort));
    },

    note(task, nonce, tried) {
      const { job } = task;
      if (!all.has(job)) return;
      const solved = task.nonce === null ? nonce : null;
      if (solved !== null) task.nonce = solved;
      try {
        job.options.onTried?.(tried);
        if (solved !== null) job.options.onPart?.(task.index, solved);
      } catch (error) {
        finish(job, () => job.reject(error));
      }
      if (unsolved(job).length === 0) finish(job, () => job.resolve(solutionsOf(job)));
    },

    close() {
      closed = true;
      end(new Error("the miner was closed"));
    },
  };
}

export function unsolved(job: Job): Task[] {
  return job.tasks.filter(({ nonce }) => nonce === null);
}

function solutionsOf(job: Job): Bytes[] {
  return job.tasks.flatMap(({ nonce }) => nonce ?? []);
}
