/**
 * The miner over threads, whatever a thread is: node.ts and web.ts each give a function that starts one. All decisions are taken here, in the
 * thread that was asked to mine; the others answer slices of a few milliseconds (slice.ts), so that an end, a solution or another job
 * takes effect with the next slice, without shared memory, which browsers give to few pages.
 */
import { createJobs, unsolved } from "./job.ts";
import type { Job, Task } from "./job.ts";
import type { Bytes } from "./kernel.ts";
import type { Miner } from "./miner.ts";
import type { Slice, SliceResult } from "./slice.ts";

/** A thread that was started. */
export interface Thread {
  post(slice: Slice): void;
  /** Whether there is work: where an idle thread keeps the process from ending, it must not. */
  setBusy(busy: boolean): void;
  terminate(): void;
}

/** Starts a thread that answers each slice with `onResult`, or says with `onDeath` that it never will. */
export type StartThread = (events: {
  onResult(result: SliceResult): void;
  onDeath(cause: unknown): void;
}) => Thread;

/** A thread has two slices, so that it works on one while we answer the other. Ending a job wastes at most both. */
const SLICES_PER_THREAD = 2;
const SLICE_MILLISECONDS = 8;

/** Nonces in a thread's first slice. The kernel is being optimised then, and the machine may be slow. */
const FIRST_COUNT = 256;
const MAX_COUNT = 2 ** 20;

/**
 * A browser that kills a worker for want of memory says nothing. A thread that owes an answer during so many looks of ours is dead. Looks are
 * counted, and not the time that went by, since a machine can sleep.
 */
const LOOK_MILLISECONDS = 5000;
const LOOKS_UNTIL_DEAD = 6;

/** What the threads have of a job. */
interface Share {
  /** 28 random bytes that no other job has, and the number of slices: together they keep every nonce from being tried twice. */
  readonly nonceBase: Bytes;
  sliceCount: number;
  /** Slices that threads have now, by their task. */
  readonly slices: Map<Task, number>;
}

interface Runner {
  readonly thread: Thread;
  readonly owed: Map<number, Task>;
  count: number;
  looks: number;
}

/** A {@link Miner} over `threads` threads (1 to 1024), which are started by the first job and wait for the next when there is none. */
export function createThreadedMiner(threads: number, startThread: StartThread): Miner {
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new RangeError(`threads has to be a whole number from 1 to 1024, not ${threads}`);
  }
  const jobs = createJobs(start, rest);
  const shares = new WeakMap<Job, Share>();
  let runners: Runner[] = [];
  let watch: ReturnType<typeof setInterval> | undefined;
  let nextId = 0;

  function start(): void {
    if (runners.length === 0) {
      // One by one: should the second not start, the first is known and is ended.
      try {
        while (runners.length < threads) runners.push(startRunner());
      } catch (cause) {
        breakDown(cause);
        return;
      }
    }
    if (watch === undefined) {
      for (const { thread } of runners) thread.setBusy(true);
      watch = setInterval(look, LOOK_MILLISECONDS);
    }
    for (const runner of runners) feed(runner);
  }

  function startRunner(): Runner {
    const thread = startThread({
      onResult: (result) => receive(runner, result),
      onDeath: (cause) => {
        if (runners.includes(runner)) breakDown(cause);
      },
    });
    const runner: Runner = { thread, owed: new Map(), count: FIRST_COUNT, looks: 0 };
    return runner;
  }

  function feed(runner: Runner): void {
    while (runners.includes(runner) && runner.owed.size < SLICES_PER_THREAD) {
      const [job] = jobs.all;
      if (job === undefined) return;
      // To the end of the queue: jobs take turns.
      jobs.all.delete(job);
      jobs.all.add(job);
      const share = shareOf(job);
      // Which part a slice goes to is no matter, since every try has the same chance. Apart, they waste least when a part is solved.
      const task = fewestSlices(unsolved(job), share);
      const id = nextId++;
      share.slices.set(task, slicesOf(share, task) + 1);
      runner.owed.set(id, task);
      runner.thread.post({
        id,
        seed: task.seed,
        difficulty: task.difficulty,
        startNonce: nonceOf(share.nonceBase, share.sliceCount++),
        count: runner.count,
      });
    }
  }

  function receive(runner: Runner, { id, nonce, tried, milliseconds }: SliceResult): void {
    const task = runner.owed.get(id);
    if (task === undefined) return;
    runner.owed.delete(id);
    runner.looks = 0;
    const share = shareOf(task.job);
    share.slices.set(task, slicesOf(share, task) - 1);
    if (nonce === null) runner.count = adapt(tried, milliseconds);
    jobs.note(task, nonce, tried);
    feed(runner);
  }

  function shareOf(job: Job): Share {
    const known = shares.get(job);
    if (known !== undefined) return known;
    const nonceBase = crypto.getRandomValues(new Uint8Array(32));
    const share: Share = { nonceBase, sliceCount: 0, slices: new Map() };
    shares.set(job, share);
    return share;
  }

  function rest(): void {
    clearInterval(watch);
    watch = undefined;
    for (const { thread } of runners) thread.setBusy(false);
  }

  function look(): void {
    for (const runner of runners) {
      if (runner.owed.size > 0 && ++runner.looks > LOOKS_UNTIL_DEAD) {
        breakDown(new Error("it has not answered for half a minute"));
        return;
      }
    }
  }

  /** All jobs end, and so do all threads: the next job starts with new ones. */
  function breakDown(cause: unknown): void {
    endThreads();
    jobs.end(new Error(`a mining thread stopped: ${messageOf(cause)}`, { cause }));
  }

  function endThreads(): void {
    const ended = runners;
    runners = [];
    for (const { thread, owed } of ended) {
      owed.clear();
      thread.terminate();
    }
  }

  return {
    threads,
    mine: jobs.mine,

    close() {
      endThreads();
      jobs.close();
    },
  };
}

/** The first nonce of a slice: the last four bytes are the kernel's to count up, the four before them say which slice it is. */
function nonceOf(base: Bytes, slice: number): Bytes {
  const nonce = base.slice();
  new DataView(nonce.buffer).setUint32(24, slice);
  return nonce;
}

/** How many nonces to give to a thread that took so long for the last ones. */
function adapt(tried: number, milliseconds: number): number {
  const factor = Math.min(Math.max(SLICE_MILLISECONDS / milliseconds, 0.25), 4);
  return Math.min(Math.max(Math.round(tried * factor), 1), MAX_COUNT);
}

function slicesOf({ slices }: Share, task: Task): number {
  return slices.get(task) ?? 0;
}

function fewestSlices(tasks: Task[], share: Share): Task {
  return tasks.reduce((best, task) =>
    slicesOf(share, task) < slicesOf(share, best) ? task : best,
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
