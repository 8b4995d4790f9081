import assert from "node:assert/strict";
import { test } from "node:test";
import { address } from "../testing/values.ts";
import { Pace, usualAllowance } from "./pace.ts";

const [alice, bob, carol] = [
  address("alice@a.test"),
  address("bob@b.test"),
  address("carol@a.test"),
];
const MINUTE = 60_000;

/** How many answers of a price are given to an address until a time, by somebody who begins each as soon as that may be. */
function answersUntil(pace: Pace, peer: typeof alice, price: number, until: number): number {
  let answers = 0;
  for (let now = 0; now <= until;) {
    const wait = pace.wait(peer, now);
    if (wait === 0) {
      pace.spend(peer, price, now);
      answers++;
    }
    now += wait;
  }
  return answers;
}

test("at the usual price one address gets ten answers a minute, and ten at once before that", () => {
  assert.equal(answersUntil(new Pace(usualAllowance), alice, 7_000_000, 10 * MINUTE), 110);
});

test("where answers cost next to nothing one address gets a hundred a minute", () => {
  assert.equal(answersUntil(new Pace(usualAllowance), alice, 1, 10 * MINUTE), 1_100);
});

test("a dear answer counts for as much as it costs: one a minute at ten times the price", () => {
  const count = answersUntil(new Pace(usualAllowance), alice, 70_000_000, 10 * MINUTE);
  assert(count === 11, String(count));
});

test("what one address gets costs no other its own, until all together have had a minute's", () => {
  const pace = new Pace({ peer: 100, all: 250, least: 1 });
  pace.spend(alice, 100, 0);
  assert.equal(pace.wait(alice, 0), 1);
  assert.equal(pace.wait(bob, 0), 0);
  pace.spend(bob, 100, 0);
  pace.spend(carol, 100, 0);
  // 50 too much of the 250 a minute.
  const dave = address("dave@a.test");
  assert.equal(pace.wait(dave, 0), 12_001);
  assert.equal(pace.wait(dave, 12_001), 0);
});

test("who was quiet for an hour has a minute's work saved, not an hour's", () => {
  const pace = new Pace({ peer: 100, all: 1_000, least: 1 });
  pace.spend(alice, 100, 0);
  pace.spend(alice, 100, 60 * MINUTE);
  assert.equal(pace.wait(alice, 60 * MINUTE), 1);
});

test("a clock that steps back gives nothing, and takes nothing", () => {
  const pace = new Pace({ peer: 100, all: 1_000, least: 1 });
  pace.spend(alice, 150, 10 * MINUTE);
  assert.equal(pace.wait(alice, 0), 30_001);
  assert.equal(pace.wait(alice, 10 * MINUTE), 30_001);
});
