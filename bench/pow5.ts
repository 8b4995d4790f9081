/**
 * The proof-of-work kernel against a plain scalar build of the same algorithm (packages/pow5/assembly/scalar.ts: one nonce at a time, in loops, with its
 * state in memory), and how mining scales over threads.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { createKernel } from "@keypears/pow5";
import type { Kernel } from "@keypears/pow5";
import { createNodeMiner } from "@keypears/pow5/node";
import { describeMachine } from "./load/machine.ts";

/** One build, then the other, so that a machine whose speed drifts slows both. */
const ROUNDS = 24;
const MILLISECONDS = 250;
/** Each number of threads has its turn in every one of these. */
const THREAD_ROUNDS = 5;
const THREAD_MILLISECONDS = 800;
/** So high that nothing is found: all hashes are tried. */
const HOPELESS = Number.MAX_SAFE_INTEGER;
/** About as long in either build, and short beside a round. */
const SLICES = { kernel: 4096, scalar: 256 };

const seed = crypto.getRandomValues(new Uint8Array(32));

function load(name: keyof typeof SLICES): Kernel {
  const file = new URL(`../packages/pow5/build/${name}.wasm`, import.meta.url);
  return createKernel(new WebAssembly.Module(readFileSync(file)));
}

/** What this thread has had of a processor, in seconds: what others took from it does not count. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}

/** Hashes in a second of processor time, over a round. */
function measure(kernel: Kernel, slice: number): number {
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const end = performance.now() + MILLISECONDS;
  const start = processorTime();
  let tried = 0;
  while (performance.now() < end) {
    tried += kernel.mine({ seed, difficulty: HOPELESS }, nonce, slice).tried;
  }
  return tried / (processorTime() - start);
}

interface Speed {
  /** Hashes a second of all threads together, on the clock. */
  readonly clock: number;
  /** Hashes in a second of processor time, that of the thread which hands out the work included. */
  readonly processor: number;
}

/** Measures a miner from the moment when its threads are at work. */
async function measureThreads(threads: number): Promise<Speed> {
  const miner = createNodeMiner({ threads });
  const stop = new AbortController();
  const warm = performance.now() + THREAD_MILLISECONDS / 4;
  let start: { at: number; usage: NodeJS.CpuUsage } | undefined;
  let tried = 0;
  const job = miner.mine([{ seed, difficulty: HOPELESS }], {
    signal: stop.signal,
    onTried: (count) => {
      const now = performance.now();
      if (start) tried += count;
      else if (now > warm) start = { at: now, usage: process.cpuUsage() };
      if (start && now > start.at + THREAD_MILLISECONDS) stop.abort();
    },
  });
  await job.catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  if (!start) throw new Error("the threads never came to work");
  const seconds = (performance.now() - start.at) / 1000;
  const { user, system } = process.cpuUsage(start.usage);
  miner.close();
  return { clock: tried / seconds, processor: (tried * 1e6) / (user + system) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function spread(values: readonly number[], digits = 0): string {
  const [middle, lowest, highest] = [median(values), Math.min(...values), Math.max(...values)];
  return `median ${middle.toFixed(digits)} (${lowest.toFixed(digits)} to ${highest.toFixed(digits)})`;
}

/** 1, 2, 4 … and all of them. */
function threadCounts(): number[] {
  const all = availableParallelism();
  const counts = [];
  for (let count = 1; count < all; count *= 2) counts.push(count);
  return [...counts, all];
}

const load1 = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);

console.log(describeMachine({ "load before": load1(), rounds: String(ROUNDS) }));
const builds = { kernel: load("kernel"), scalar: load("scalar") };
// Once unmeasured, while V8 optimises.
for (const name of ["kernel", "scalar"] as const) measure(builds[name], SLICES[name]);
const rounds = Array.from({ length: ROUNDS }, () => {
  const kernel = measure(builds.kernel, SLICES.kernel);
  const scalar = measure(builds.scalar, SLICES.scalar);
  return { kernel, scalar, ratio: kernel / scalar };
});
console.log("hashes in a second of one thread's processor time:");
console.log(`  kernel        ${spread(rounds.map(({ kernel }) => kernel))}`);
console.log(`  plain scalar  ${spread(rounds.map(({ scalar }) => scalar))}`);
console.log(
  `  ratio         ${spread(
    rounds.map(({ ratio }) => ratio),
    1,
  )}`,
);

const scaling = new Map(threadCounts().map((threads) => [threads, [] as Speed[]]));
for (let round = 0; round < THREAD_ROUNDS; round++) {
  for (const [threads, speeds] of scaling) speeds.push(await measureThreads(threads));
}
const one = median((scaling.get(1) ?? []).map(({ clock }) => clock));
console.log(`hashes a second of a miner, ${THREAD_ROUNDS} rounds each:`);
for (const [threads, speeds] of scaling) {
  const clock = speeds.map((speed) => speed.clock);
  const processor = speeds.map((speed) => speed.processor);
  console.log(`  ${threads} ${threads === 1 ? "thread" : "threads"}`);
  console.log(
    `    on the clock       ${spread(clock)}, ${(median(clock) / one).toFixed(2)} times one`,
  );
  console.log(`    of processor time  ${spread(processor)}`);
}
console.log(`load at the end: ${load1()}, this benchmark's own threads included`);
