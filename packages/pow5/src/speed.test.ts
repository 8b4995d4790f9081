import assert from "node:assert/strict";
import { test } from "node:test";
import { createSpeedMeter } from "./speed.ts";

function start() {
  let at = 1000;
  const meter = createSpeedMeter(() => at);
  const pass = (milliseconds: number, count = 0): void => {
    at += milliseconds;
    if (count > 0) meter.tried(count);
  };
  return { meter, pass };
}

test("speed is unknown until there was work for a while", () => {
  const { meter, pass } = start();
  assert.equal(meter.hashesPerSecond(), null);
  pass(5000);
  const end = meter.begin();
  pass(200, 2000);
  assert.equal(meter.hashesPerSecond(), null);
  pass(200, 2000);
  end();
  assert.equal(meter.hashesPerSecond(), 10_000);
});

test("only the time of work counts, once however many jobs there are", () => {
  const { meter, pass } = start();
  const ends = [meter.begin(), meter.begin()];
  pass(1000, 5000);
  ends[0]?.();
  ends[0]?.();
  pass(1000, 5000);
  ends[1]?.();
  pass(60_000);
  assert.equal(meter.hashesPerSecond(), 5000);
});

test("a machine that slows down is noticed", () => {
  const { meter, pass } = start();
  meter.begin();
  for (let second = 0; second < 60; second++) pass(1000, 9000);
  for (let second = 0; second < 60; second++) pass(1000, 1000);
  assert.ok((meter.hashesPerSecond() ?? 0) < 1100);
});
