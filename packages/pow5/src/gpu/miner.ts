/** The miner over a graphics processor: one dispatch after the other, each over all parts that are not solved, of all jobs (spec/7.3). */
import { createJobs } from "../job.ts";
import type { Task } from "../job.ts";
import { targetOf } from "../kernel.ts";
import type { Bytes, Kernel } from "../kernel.ts";
import type { Miner } from "../miner.ts";
import { GpuFailure, MAX_COUNT, MAX_SEARCHES, openProcessor } from "./processor.ts";
import type { GpuRefusal, Processor, ProcessorOptions, Search } from "./processor.ts";
import { WORKGROUP_SIZE } from "./source.ts";

/** What a dispatch is to take: above 50 ms people see that the page, drawn by the same processor, does not keep up. */
const DISPATCH_MILLISECONDS = 30;

/** Nonces in the first dispatch: the processor may be a telephone's, or busy. */
const FIRST_COUNT = 1024;
const MAX_DISPATCH = MAX_COUNT * MAX_SEARCHES;

/**
 * Nonces for a part in one dispatch, as a share of its difficulty: what is tried after the one that solves it is wasted, a quarter of the work
 * with this. Less would make for more dispatches, each with its delay.
 */
const SHARE = 0.5;

/** A nonce is so many random bytes, drawn for each part, and then a counter. */
const PREFIX_SIZE = 24;

export interface GpuMinerOptions extends ProcessorOptions {
  /** Verifies in this thread what the graphics processor finds. */
  readonly kernel: Kernel;
  /** Fills an array with random bytes; by default the platform's. */
  readonly random?: ((bytes: Bytes) => Bytes) | undefined;
}

/**
 * A {@link Miner} over the graphics processor (spec/7.1), in a page or a worker; or the reason why there is none. It has compiled the kernel and hashed a known vector
 * when it is answered, within about a second where there is no adapter. All its jobs reject with {@link GpuFailure} when the graphics processor
 * fails, is lost, or answers what is not so, and it is of no use any more.
 */
export async function createGpuMiner({
  kernel,
  random = (bytes) => crypto.getRandomValues(bytes),
  ...options
}: GpuMinerOptions): Promise<Miner | GpuRefusal> {
  const processor = await openProcessor(options);
  return "refused" in processor ? processor : createProcessorMiner(processor, kernel, random);
}

/** The miner over a given processor, which it closes in the end. */
export function createProcessorMiner(
  processor: Processor,
  kernel: Pick<Kernel, "verify">,
  random: (bytes: Bytes) => Bytes,
): Miner {
  const jobs = createJobs(
    (job) => {
      for (const task of job.tasks) queue.add(task);
      void work();
    },
    () => queue.clear(),
  );
  /** The tasks of all jobs, in the order in which they have their turn when there are too many for one dispatch. */
  const queue = new Set<Task>();
  const ranges = new WeakMap<Task, NonceRange>();
  let size = FIRST_COUNT;
  let isWorking = false;

  async function work(): Promise<void> {
    if (isWorking) return;
    isWorking = true;
    try {
      while (jobs.all.size > 0) await workOnce();
    } catch (error) {
      jobs.end(error instanceof Error ? error : new Error(String(error)));
    } finally {
      isWorking = false;
    }
  }

  async function workOnce(): Promise<void> {
    const tasks = nextTasks();
    const counts = share(size, tasks);
    const searches = tasks.map((task, index) => searchOf(task, counts[index] ?? 0));
    const { hits, milliseconds } = await processor.run(searches);
    size = adapt(size, sum(counts), milliseconds);
    for (const [index, task] of tasks.entries()) {
      const search = searches[index];
      const hit = hits[index] ?? null;
      if (search === undefined) continue;
      const nonce = hit === null ? null : nonceAt(search, hit);
      if (nonce !== null && !kernel.verify({ ...task, nonce })) {
        processor.close();
        throw new GpuFailure("wrong", "it gave a nonce that does not meet the difficulty");
      }
      jobs.note(task, nonce, search.count);
    }
  }

  function nextTasks(): Task[] {
    for (const task of queue) {
      if (task.nonce !== null || !jobs.all.has(task.job)) queue.delete(task);
    }
    // A processor that is so slow takes fewer parts at once, not more than it can do in time.
    const most = Math.min(Math.max(Math.floor(size / WORKGROUP_SIZE), 1), MAX_SEARCHES);
    const tasks = [...queue].slice(0, most);
    for (const task of tasks) {
      queue.delete(task);
      queue.add(task);
    }
    return tasks;
  }

  function searchOf(task: Task, count: number): Search {
    let range = ranges.get(task);
    if (range === undefined) {
      range = {
        prefix: random(new Uint8Array(PREFIX_SIZE)),
        next: 0,
        target: targetOf(task.difficulty),
      };
      ranges.set(task, range);
    }
    const nonce = firstNonce(range, count);
    return { nonce, seed: task.seed, target: range.target, count };
  }

  return {
    threads: 0,
    mine: jobs.mine,

    close() {
      jobs.close();
      processor.close();
    },
  };
}

/** The nonces of one task: those with this prefix. Its target is kept with it, as it is some work to make. */
interface NonceRange {
  readonly prefix: Bytes;
  readonly target: Bytes;
  /** The counter of the next nonce, below 2⁵³. */
  next: number;
}

/** The first of `count` nonces that nobody has tried; the low 32 bits of their counters do not overflow, since the kernel has no carry. */
function firstNonce(range: NonceRange, count: number): Bytes {
  const low = range.next % 2 ** 32;
  if (low + count > 2 ** 32) range.next += 2 ** 32 - low;
  const nonce = new Uint8Array(32);
  nonce.set(range.prefix);
  const view = new DataView(nonce.buffer);
  view.setUint32(PREFIX_SIZE, Math.floor(range.next / 2 ** 32), true);
  view.setUint32(PREFIX_SIZE + 4, range.next % 2 ** 32, true);
  range.next += count;
  return nonce;
}

function nonceAt({ nonce }: Search, index: number): Bytes {
  const at = new Uint8Array(nonce);
  const view = new DataView(at.buffer);
  view.setUint32(PREFIX_SIZE + 4, view.getUint32(PREFIX_SIZE + 4, true) + index, true);
  return at;
}

/** How many of about `total` nonces each part gets: whole workgroups, evenly, and no part much more than it is likely to need. */
function share(total: number, parts: readonly { readonly difficulty: number }[]): number[] {
  const each = total / parts.length;
  return parts.map(({ difficulty }) => {
    const groups = Math.floor(Math.min(each, difficulty * SHARE) / WORKGROUP_SIZE);
    return Math.min(Math.max(groups, 1) * WORKGROUP_SIZE, MAX_COUNT);
  });
}

/** The size of the next dispatch, after one of `count` nonces that took so long. One that was small because little was left says only when it was too long. */
function adapt(size: number, count: number, milliseconds: number): number {
  if (count < size && milliseconds <= DISPATCH_MILLISECONDS) return size;
  const factor = Math.min(Math.max(DISPATCH_MILLISECONDS / milliseconds, 0.25), 4);
  return Math.min(Math.max(Math.round(count * factor), WORKGROUP_SIZE), MAX_DISPATCH);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
