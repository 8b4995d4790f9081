import assert from "node:assert/strict";
import { test } from "node:test";
import { secondsLeft } from "./work-time.ts";

const mining = { stage: "mining", parts: 0, difficulty: 160_000 } as const;

test("what is left falls with each part that is done", () => {
  assert.equal(secondsLeft(mining, 10_000, 1), 16);
  assert.equal(secondsLeft({ ...mining, parts: 4 }, 10_000, 1), 12);
  assert.equal(secondsLeft({ ...mining, parts: 15 }, 10_000, 1), 1);
});

test("whoever shares the device with another job is told that it takes longer", () => {
  assert.equal(secondsLeft(mining, 10_000, 2), 32);
});

test("no time is named that is not known", () => {
  assert.equal(secondsLeft(mining, null, 1), null);
  assert.equal(secondsLeft({ stage: "mining", parts: 3 }, 10_000, 1), null);
  assert.equal(secondsLeft({ stage: "asking", parts: 0 }, 10_000, 1), null);
  assert.equal(secondsLeft({ ...mining, parts: 16 }, 10_000, 1), null);
  assert.equal(secondsLeft({ ...mining, stage: "deriving", parts: 16 }, 10_000, 1), null);
});
