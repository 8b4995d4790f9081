import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@keypears/api";
import { Limits, networkOf } from "./limits.ts";

const HOUR = 3_600_000;

function open(on = true) {
  const clock = { time: 1_763_942_520_000 };
  return { clock, limits: new Limits({ on, now: () => clock.time }) };
}

/** How many calls pass before one is refused, and after how many seconds that one may come again. */
function exhaust(limits: Limits, source: string, about?: string): [passed: number, wait: number] {
  for (let passed = 0; ; passed++) {
    try {
      limits.take("signup", source, about);
    } catch (error) {
      assert(error instanceof ApiError && error.code === "rate_limited");
      return [passed, error.retryAfter ?? 0];
    }
  }
}

test("a source has its burst, then waits as long as it is told, and has its burst again later", () => {
  const { limits, clock } = open();
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [10, 60]);
  clock.time += 30_000;
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [0, 30]);
  clock.time += 30_000;
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [1, 60]);
  clock.time += 100 * HOUR;
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [10, 60]);
});

test("sources, classes and subjects have allowances of their own", () => {
  const { limits } = open();
  exhaust(limits, "192.0.2.1");
  limits.take("lookup", "192.0.2.1");
  assert.deepEqual(exhaust(limits, "192.0.2.2"), [10, 60]);
  assert.deepEqual(exhaust(limits, "192.0.2.1", "alice@a.test"), [10, 60]);
});

test("asking takes nothing, and what is given back can be taken again, up to the burst", () => {
  const { limits } = open();
  for (let count = 0; count < 50; count++) limits.check("signup", "192.0.2.1");
  limits.take("signup", "192.0.2.1");
  limits.giveBack("signup", "192.0.2.1");
  limits.giveBack("signup", "192.0.2.1");
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [10, 60]);
  assert.throws(() => limits.check("signup", "192.0.2.1"), ApiError);
});

test("a clock that is set back gives and takes nothing", () => {
  const { limits, clock } = open();
  exhaust(limits, "192.0.2.1");
  clock.time -= HOUR;
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [0, 60]);
});

test("one customer's IPv6 network is one source, however its addresses are written", () => {
  const { limits } = open();
  exhaust(limits, "2001:db8:1:2::1");
  for (const same of [
    "2001:db8:1:2:ffff::",
    "2001:0DB8:0001:0002:0:0:0:9",
    "2001:db8:1:2::1%eth0",
  ]) {
    assert.deepEqual(exhaust(limits, same), [0, 60], same);
  }
  assert.deepEqual(exhaust(limits, "2001:db8:1:3::1"), [10, 60]);
  exhaust(limits, "192.0.2.1");
  assert.deepEqual(exhaust(limits, "::ffff:192.0.2.1"), [0, 60]);
  assert.equal(networkOf("::1"), "0:0:0:0");
  assert.equal(networkOf("::"), "0:0:0:0");
  assert.equal(networkOf("1::"), "1:0:0:0");
  assert.equal(networkOf("not an address"), "not an address");
});

test("limits that are off refuse nothing", () => {
  const { limits } = open(false);
  for (let count = 0; count < 1000; count++) limits.take("signup", "192.0.2.1");
  limits.check("signup", "192.0.2.1");
});

test("what is kept is bounded: the longest unused goes first", () => {
  const { limits } = open();
  exhaust(limits, "192.0.2.1");
  exhaust(limits, "192.0.2.2");
  for (let count = 0; count < 49_998; count++) limits.take("call", `source ${count}`);
  // Used now, so that the next ones push out the other.
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [0, 60]);
  limits.take("call", "one more");
  assert.deepEqual(exhaust(limits, "192.0.2.1"), [0, 60]);
  assert.deepEqual(exhaust(limits, "192.0.2.2"), [10, 60]);
});
