import assert from "node:assert/strict";
import { test } from "node:test";
import { type Id, makeId } from "@keypears/protocol";
import { random } from "../testing/people.ts";
import { address } from "../testing/values.ts";
import type { Waiting } from "./device.ts";
import { Lines } from "./lines.ts";
import { Pace } from "./pace.ts";

let revision = 0;

function message(name: string): Waiting {
  revision++;
  return {
    peer: address(`${name}@a.test`),
    id: makeId(revision, random(10)),
    revision,
    receivedAt: 0,
  };
}

function open(allowance = { peer: 1e9, all: 1e9, least: 1 }): { lines: Lines; pace: Pace } {
  const pace = new Pace(allowance);
  return { lines: new Lines(pace), pace };
}

function idOf(next: ReturnType<Lines["next"]>): Id | null {
  return "id" in next ? next.id : null;
}

test("peers are served in turn, each in the order of arrival", () => {
  const { lines } = open();
  const [a1, a2, a3, b1, b2] = ["a", "a", "a", "b", "b"].map(message) as [
    Waiting,
    Waiting,
    Waiting,
    Waiting,
    Waiting,
  ];
  for (const one of [a1, a2, a3, b1, b2]) lines.add(one);
  const served: (Id | null)[] = [];
  for (let next = lines.next(0); "id" in next; next = lines.next(0)) {
    served.push(next.id);
    lines.done(next);
  }
  assert.deepEqual(served, [a1.id, b1.id, a2.id, b2.id, a3.id]);
  assert.deepEqual(lines.next(0), { wait: null });
});

test("of one peer's messages one is answered at a time, of several peers' several", () => {
  const { lines } = open();
  const [a1, a2, b1] = [message("a"), message("a"), message("b")];
  for (const one of [a1, a2, b1]) lines.add(one);
  assert.deepEqual([idOf(lines.next(0)), idOf(lines.next(0))], [a1.id, b1.id]);
  assert.deepEqual(lines.next(0), { wait: null });
  lines.done(a1);
  assert.equal(idOf(lines.next(0)), a2.id);
});

test("what could not be answered is tried again after 15 seconds, then after ever longer, at the most after ten minutes", () => {
  const { lines } = open();
  const [a1, a2] = [message("a"), message("a")];
  lines.add(a1);
  lines.add(a2);
  const pauses: number[] = [];
  for (let now = 0; pauses.length < 8;) {
    assert.equal(idOf(lines.next(now)), a1.id);
    lines.later(a1, now);
    const next = lines.next(now);
    assert("wait" in next && next.wait !== null);
    pauses.push(next.wait / 1000);
    now += next.wait;
  }
  assert.deepEqual(pauses, [15, 30, 60, 120, 240, 480, 600, 600]);
  // The next one begins with nothing against it.
  lines.done(a1);
  assert.equal(idOf(lines.next(0)), a2.id);
});

test("a peer who has had a minute's work waits, and keeps nobody else waiting", () => {
  const { lines, pace } = open({ peer: 60, all: 1e9, least: 1 });
  const [a1, b1] = [message("a"), message("b")];
  pace.spend(a1.peer, 70, 0);
  lines.add(a1);
  assert.deepEqual(lines.next(0), { wait: 10_001 });
  lines.add(b1);
  assert.equal(idOf(lines.next(0)), b1.id);
  assert.equal(idOf(lines.next(10_001)), a1.id);
});

test("what waits already waits once, and of one peer no more than 200 wait", () => {
  const { lines } = open();
  const first = message("a");
  lines.add(first);
  lines.add(first);
  assert.equal(idOf(lines.next(0)), first.id);
  lines.done(first);
  assert.deepEqual(lines.next(0), { wait: null });
  for (let count = 0; count < 200; count++) {
    assert(lines.hasRoom(first.peer));
    lines.add(message("a"));
  }
  assert(!lines.hasRoom(first.peer));
  assert(lines.hasRoom(address("b@a.test")));
});

test("of all peers together no more than 10 000 messages wait", () => {
  const { lines } = open();
  for (let count = 0; count < 10_000; count++) lines.add(message(`p${count % 100}`));
  assert(!lines.hasRoom(address("somebody-else@a.test")));
});
