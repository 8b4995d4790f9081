import assert from "node:assert/strict";
import { test } from "node:test";
import type { MineOptions, Miner } from "@keypears/pow5";
import { createFollowingMiner } from "./following-miner.ts";

const parts = [1, 2, 3].map((byte) => ({ seed: new Uint8Array(32).fill(byte), difficulty: 1 }));
const nonceOf = (seed: Uint8Array) => seed.map((byte) => byte + 100);

/** Miners that solve a part when they are told to, and what they were given. */
function setting(threads = 3) {
  const opened: { threads: number; isClosed: boolean }[] = [];
  const jobs: { seeds: number[]; solve(index: number): void }[] = [];
  const state = { threads };
  const open = (count: number): Miner => {
    const one = { threads: count, isClosed: false };
    opened.push(one);
    return {
      threads: count,
      close: () => (one.isClosed = true),
      mine: (given, { signal, onPart }: MineOptions = {}) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
          const nonces = given.map(({ seed }) => nonceOf(new Uint8Array(seed)));
          const unsolved = new Set(given.keys());
          jobs.push({
            seeds: given.map(({ seed }) => seed[0] ?? 0),
            solve(index) {
              onPart?.(index, nonces[index] as NonNullable<(typeof nonces)[number]>);
              unsolved.delete(index);
              if (unsolved.size === 0) resolve(nonces);
            },
          });
        }),
    };
  };
  const miner = createFollowingMiner(open, () => state.threads);
  return { miner, state, opened, jobs };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("work goes on over another number of threads, without the parts that are solved", async () => {
  const { miner, state, opened, jobs } = setting();
  const told: number[] = [];
  const mined = miner.mine(parts, { onPart: (index) => told.push(index) });
  jobs[0]?.solve(1);
  state.threads = 1;
  miner.follow();
  await turn();
  assert.deepEqual(opened, [
    { threads: 3, isClosed: true },
    { threads: 1, isClosed: false },
  ]);
  assert.deepEqual(jobs[1]?.seeds, [1, 3]);
  jobs[1]?.solve(1);
  jobs[1]?.solve(0);
  assert.deepEqual(
    await mined,
    parts.map(({ seed }) => nonceOf(seed)),
  );
  assert.deepEqual(told, [1, 2, 0]);
});

test("nothing begins anew while the same number of threads is wanted", async () => {
  const { miner, opened, jobs } = setting();
  const mined = miner.mine(parts.slice(0, 1));
  miner.follow();
  await turn();
  assert.equal(opened.length, 1);
  jobs[0]?.solve(0);
  assert.equal((await mined).length, 1);
});

test("whoever gives up, or closes the miner, ends the work", async () => {
  const { miner, jobs } = setting();
  const stop = new AbortController();
  const given = miner.mine(parts, { signal: stop.signal });
  stop.abort(new Error("given up"));
  await assert.rejects(given, { message: "given up" });
  const closed = miner.mine(parts);
  miner.close();
  await assert.rejects(closed, { message: "the miner was closed" });
  await assert.rejects(miner.mine(parts), { message: "the miner is closed" });
  assert.equal(jobs.length, 2);
});
