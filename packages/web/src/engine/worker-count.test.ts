import assert from "node:assert/strict";
import { test } from "node:test";
import { workerCount } from "./worker-count.ts";

const laptop = { cores: 8, memory: 8, isOnBattery: false, isVisible: true };

test("one core is left to whoever uses the device, and there is always a worker", () => {
  assert.equal(workerCount(laptop), 7);
  assert.equal(workerCount({ ...laptop, cores: 2 }), 1);
  assert.equal(workerCount({ ...laptop, cores: 1 }), 1);
  assert.equal(workerCount({ ...laptop, cores: 1, isVisible: false, isOnBattery: true }), 1);
});

test("small devices, batteries and pages that nobody looks at are spared", () => {
  assert.equal(workerCount({ ...laptop, memory: 2 }), 4);
  assert.equal(workerCount({ ...laptop, memory: undefined }), 7);
  assert.equal(workerCount({ ...laptop, isOnBattery: true }), 4);
  assert.equal(workerCount({ ...laptop, isVisible: false }), 3);
  assert.equal(workerCount({ ...laptop, isOnBattery: true, isVisible: false }), 2);
});
