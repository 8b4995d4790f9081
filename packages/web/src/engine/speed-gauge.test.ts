import assert from "node:assert/strict";
import { test } from "node:test";
import type { MineOptions, Miner } from "@keypears/pow5";
import { createSpeedGauge } from "./speed-gauge.ts";

/** A device that tries `perSecond` hashes, in answers of 50 milliseconds each, on a clock of its own. */
function setting(known: number | null = null) {
  const speeds: number[] = [];
  const jobs: number[] = [];
  const device = { time: 0, isUsual: true };
  const gauge = createSpeedGauge({
    known,
    now: () => device.time,
    isUsual: () => device.isUsual,
    onSpeed: (speed) => speeds.push(speed),
    onJobs: (count) => jobs.push(count),
  });
  const running: { options: MineOptions; end(): void }[] = [];
  const miner: Pick<Miner, "mine"> = {
    mine: (_, options = {}) =>
      new Promise((resolve) => running.push({ options, end: () => resolve([]) })),
  };
  const mine = () => gauge.measured(miner).mine([]);
  function work(milliseconds: number, perSecond: number): void {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      device.time += 50;
      for (const { options } of running) options.onTried?.(perSecond / 20 / running.length);
    }
  }
  return { device, gauge, speeds, jobs, running, mine, work };
}

/** Speeds are known to this share. */
function assertNear(speed: number | undefined, wanted: number): void {
  assert.ok(speed !== undefined && Math.abs(speed / wanted - 1) < 0.02, `${speed}, not ${wanted}`);
}

test("a speed is known half a second after the first work began, while it goes on", () => {
  const { speeds, mine, work } = setting();
  void mine();
  work(600, 100_000);
  assert.deepEqual(speeds, []);
  work(100, 100_000);
  assert.equal(speeds.length, 1);
  assertNear(speeds[0], 100_000);
});

test("two jobs at once share one speed, and it is said that there are two", () => {
  const { speeds, jobs, mine, work } = setting();
  void mine();
  void mine();
  work(1500, 100_000);
  assertNear(speeds.at(-1), 100_000);
  assert.deepEqual(jobs, [1, 2]);
});

test("a new measure moves what is known, and does not replace it", () => {
  const { speeds, mine, work } = setting(200_000);
  void mine();
  work(700, 100_000);
  assertNear(speeds[0], 160_000);
  work(5000, 100_000);
  assertNear(speeds.at(-1), 100_000);
});

test("what is worked while nobody looks does not count, nor what is too short to tell", async () => {
  const { device, gauge, speeds, mine, work, running } = setting();
  const first = mine();
  device.isUsual = false;
  work(2000, 10);
  device.isUsual = true;
  gauge.restart();
  work(200, 100_000);
  running[0]?.end();
  await first;
  assert.deepEqual(speeds, []);
});

test("the time between two jobs is no work", async () => {
  const { device, speeds, jobs, mine, work, running } = setting();
  const first = mine();
  work(500, 100_000);
  running.shift()?.end();
  await first;
  assertNear(speeds.at(-1), 100_000);
  device.time += 60_000;
  void mine();
  work(700, 100_000);
  assertNear(speeds.at(-1), 100_000);
  assert.deepEqual(jobs, [1, 0, 1]);
});
