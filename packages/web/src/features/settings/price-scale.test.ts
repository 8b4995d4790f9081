import assert from "node:assert/strict";
import { test } from "node:test";
import { STEPS, scaleOf, toPrice, toStep } from "./price-scale.ts";

test("the slider reaches from the least that the server allows to a price that stops anybody", () => {
  const scale = scaleOf(1, 70_000_000);
  assert.equal(toPrice(scale, 0), 1);
  assert.equal(toPrice(scale, STEPS), 10_000_000_000);
  assert.equal(toPrice(scaleOf(5000, 70_000), 0), 5000);
});

test("a price beyond the scale is on it, since it is set", () => {
  const scale = scaleOf(1, 2 ** 50);
  assert.equal(toStep(scale, 2 ** 50), STEPS);
  assert.equal(toPrice(scale, STEPS), 2 ** 50);
});

test("prices grow with every step after the smallest, and come back to their step", () => {
  const scale = scaleOf(700, 70_000);
  for (let step = 1; step <= STEPS; step++) {
    assert.ok(toPrice(scale, step) > toPrice(scale, step - 1), `step ${step}`);
    assert.equal(toStep(scale, toPrice(scale, step)), step);
  }
});
