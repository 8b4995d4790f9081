/** The proof-of-work kernel against a plain scalar build of the same algorithm, and how it scales over threads. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createKernel } from "@keypears/pow5";
import { createNodeMiner } from "@keypears/pow5/node";
import { describeMachine } from "./load/machine.ts";

/** Pairs of rounds: one build, then the other, so that a machine whose speed drifts slows both. */
const ROUNDS = 15;
const MILLISECONDS = 400;
/** So high that nothing is found: all hashes are tried. */
const HOPELESS = Number.MAX_SAFE_INTEGER;
const SLICE = 4096;

const seed = crypto.getRandomValues(new Uint8Array(32));

function load(name: "kernel" | "scalar") {
  const file = new URL(`../packages/pow5/build/${name}.wasm`, import.meta.url);
  return createKernel(new WebAssembly.Module(readFileSync(file)));
}

/** Hashes a second of one thread, over a round. */
function measure(kernel: ReturnType<typeof load>): number {
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  const start = performance.now();
  let tried = 0;
  let elapsed = 0;
  while (elapsed < MILLISECONDS) {
    tried += kernel.mine({ seed, difficulty: HOPELESS }, nonce, SLICE).tried;
    elapsed = performance.now() - start;
  }
  return (tried * 1000) / elapsed;
}

/** Hashes a second of all threads of a miner. */
async function measureThreads(threads: number): Promise<number> {
  const miner = createNodeMiner({ threads });
  const stop = new AbortController();
  let tried = 0;
  const start = performance.now();
  const timer = setTimeout(() => stop.abort(), 5 * MILLISECONDS);
  try {
    await miner.mine([{ seed, difficulty: HOPELESS }], {
      signal: stop.signal,
      onTried: (count) => (tried += count),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  const perSecond = (tried * 1000) / (performance.now() - start);
  miner.close();
  return perSecond;
}

function spread(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN).toFixed(digits);
  return `median ${at(0.5)} (${at(0)} to ${at(1)})`;
}

console.log(
  describeMachine({ rounds: String(ROUNDS), "each round": `${MILLISECONDS} ms a build` }),
);
const kernel = load("kernel");
const scalar = load("scalar");
measure(kernel);
measure(scalar);
const fast: number[] = [];
const plain: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  fast.push(measure(kernel));
  plain.push(measure(scalar));
}
console.log(`kernel, hashes/s and thread: ${spread(fast, 0)}`);
console.log(`scalar, hashes/s and thread: ${spread(plain, 0)}`);
console.log(
  `ratio, round by round: ${spread(
    fast.map((value, index) => value / (plain[index] ?? Number.NaN)),
    2,
  )}`,
);
let one = 0;
for (let threads = 1; threads <= availableParallelism(); threads++) {
  const perSecond = await measureThreads(threads);
  one ||= perSecond;
  console.log(
    `${threads} threads: ${perSecond.toFixed(0)} hashes/s, ${(perSecond / one).toFixed(2)} times one`,
  );
}
