/**
 * How much work a challenge of sixteen parts is (spec/7.3), as both miners spread it: they are run as they are, over a processor and threads that draw from a
 * seeded generator how many nonces a part takes.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createProcessorMiner } from "./gpu/miner.ts";
import type { Processor } from "./gpu/processor.ts";
import type { Miner } from "./miner.ts";
import { createThreadedMiner } from "./threads.ts";
import type { StartThread } from "./threads.ts";

const CHALLENGES = 1000;
const PARTS = 16;

/** Uniform in (0, 1]: mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 1) / 2 ** 32;
  };
}

/** Nonces until the one that meets the difficulty, that one included: geometrically distributed. */
function createOracle(seed: number): (difficulty: number) => number {
  const random = createRandom(seed);
  return (difficulty) =>
    difficulty === 1 ? 1 : Math.ceil(Math.log(random()) / Math.log1p(-1 / difficulty));
}

/** A graphics processor that tries so many nonces in a millisecond, and has a delay of two milliseconds. */
function simulatedProcessor(rate: number, difficulty: number, seed: number): Processor {
  const draw = createOracle(seed);
  return {
    run: async (searches) => {
      const hits = searches.map(({ count }) => {
        // A geometric distribution has no memory: each search may be drawn afresh.
        const needed = draw(difficulty);
        return needed <= count ? needed - 1 : null;
      });
      const total = searches.reduce((sum, { count }) => sum + count, 0);
      return { hits, milliseconds: 2 + total / rate };
    },
    close: () => undefined,
  };
}

/** Threads that try so many nonces in a millisecond, each at its own slices. */
function simulatedThreads(rate: number, seed: number): StartThread {
  const draw = createOracle(seed);
  return ({ onResult }) => ({
    post: ({ id, difficulty, count, startNonce }) => {
      const needed = draw(difficulty);
      const tried = Math.min(needed, count);
      const nonce = needed <= count ? startNonce : null;
      setImmediate(() => onResult({ id, nonce, tried, milliseconds: tried / rate }));
    },
    setBusy: () => undefined,
    terminate: () => undefined,
  });
}

/** What each of many challenges took, in hashes. */
async function workOf(miner: Miner, difficulty: number, challenges: number): Promise<number[]> {
  const parts = Array.from({ length: PARTS }, () => {
    return { seed: new Uint8Array(32), difficulty: Math.ceil(difficulty / PARTS) };
  });
  const work: number[] = [];
  for (let i = 0; i < challenges; i++) {
    let tried = 0;
    await miner.mine(parts, { onTried: (count) => (tried += count) });
    work.push(tried);
  }
  miner.close();
  return work.toSorted((a, b) => a - b);
}

function assertSpread(work: readonly number[], difficulty: number, most: number): string {
  const mean = work.reduce((sum, one) => sum + one, 0) / work.length;
  const ratio = (work[Math.floor(0.99 * work.length)] ?? Number.NaN) / mean;
  const said = `p99 ${ratio.toFixed(2)} × mean, mean ${(mean / difficulty).toFixed(2)} × difficulty`;
  assert.ok(ratio <= 1.8, said);
  assert.ok(mean <= most * difficulty, said);
  return said;
}

/** What verifies is not the matter here. */
const kernel = { verify: () => true };
const random = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => bytes;

suite("the spread of the work over a thousand challenges", () => {
  for (const [name, rate, difficulty] of [
    ["a telephone's graphics processor", 2000, 70_000],
    ["a telephone's graphics processor", 2000, 7_000_000],
    ["a desktop's graphics processor", 200_000, 70_000],
    ["a desktop's graphics processor", 200_000, 7_000_000],
    ["a desktop's graphics processor", 200_000, 70_000_000],
  ] as const) {
    test(`${name}, difficulty ${difficulty}: one in a hundred takes at most 1.8 times the mean`, async (t) => {
      const processor = simulatedProcessor(rate, Math.ceil(difficulty / PARTS), 6);
      const miner = createProcessorMiner(processor, kernel, random);
      // A quarter is wasted where dispatches are large beside the parts.
      t.diagnostic(assertSpread(await workOf(miner, difficulty, CHALLENGES), difficulty, 1.3));
    });
  }

  test("eight threads: one in a hundred takes at most 1.8 times the mean", async (t) => {
    const difficulty = 700_000;
    const miner = createThreadedMiner(8, simulatedThreads(600, 7));
    t.diagnostic(assertSpread(await workOf(miner, difficulty, CHALLENGES), difficulty, 1.2));
  });

  test("a single part in place of sixteen would take one in a hundred 4.6 times the mean", () => {
    const draw = createOracle(8);
    const work = Array.from({ length: 20 * CHALLENGES }, () => draw(7_000_000));
    work.sort((a, b) => a - b);
    const mean = work.reduce((sum, one) => sum + one, 0) / work.length;
    const ratio = (work[Math.floor(0.99 * work.length)] ?? 0) / mean;
    assert.ok(ratio > 4.2 && ratio < 5, `${ratio}`);
  });
});
