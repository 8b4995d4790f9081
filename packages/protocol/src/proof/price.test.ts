import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { judgeDifficulty, price } from "./price.ts";

const base = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const waiting = fc.integer({ min: 0, max: 100_000 });

test("whatever waits, the price is a difficulty, at least the base and at most 1024 times it", () => {
  fc.assert(
    fc.property(base, waiting, waiting, (given, waitingFromDomain, waitingInAll) => {
      const found = price({ base: given, waitingFromDomain, waitingInAll });
      assert.ok(Number.isSafeInteger(found));
      assert.ok(found >= given && BigInt(found) <= 1024n * BigInt(given));
    }),
  );
});

test("one request more never makes the next one cheaper", () => {
  fc.assert(
    fc.property(base, waiting, waiting, (given, waitingFromDomain, waitingInAll) => {
      const facts = { base: given, waitingFromDomain, waitingInAll };
      const before = price(facts);
      assert.ok(price({ ...facts, waitingFromDomain: waitingFromDomain + 1 }) >= before);
      assert.ok(price({ ...facts, waitingInAll: waitingInAll + 1 }) >= before);
    }),
  );
});

test("a client mines nothing above its ceiling and nothing that is no difficulty", () => {
  fc.assert(
    fc.property(fc.double(), fc.maxSafeNat(), (difficulty, ceiling) => {
      if (judgeDifficulty(difficulty, ceiling) !== "mine") return;
      assert.ok(Number.isInteger(difficulty) && difficulty >= 1 && difficulty <= ceiling);
    }),
  );
});
