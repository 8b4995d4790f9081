import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "@keypears/protocol";
import { Turns } from "./conversations/turns.ts";
import { Gate } from "./gate.ts";
import { growingPause } from "./pause.ts";

const [bob, carol] = ["bob@a.test", "carol@a.test"] as [Address, Address];

function task() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, resolve };
}

test("a gate lets so many through at once, the others in the order in which they came", async () => {
  const gate = new Gate(2);
  const tasks = Array.from({ length: 5 }, task);
  const begun: number[] = [];
  const all = tasks.map((one, index) =>
    gate.pass(undefined, async () => {
      begun.push(index);
      await one.promise;
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(begun, [0, 1]);
  tasks[1]?.resolve();
  await all[1];
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(begun, [0, 1, 2]);
  for (const one of tasks) one.resolve();
  await Promise.all(all);
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
});

test("who fails inside a gate or gives up before it holds nobody up", async () => {
  const gate = new Gate(1);
  const first = task();
  const failing = gate.pass(undefined, async () => {
    await first.promise;
    throw new Error("inside");
  });
  const stop = new AbortController();
  const waiting = gate.pass(stop.signal, async () => assert.fail("has given up"));
  const last = gate.pass(undefined, async () => "last");
  stop.abort(new Error("given up"));
  await assert.rejects(waiting, { message: "given up" });
  first.resolve();
  await assert.rejects(failing, { message: "inside" });
  assert.equal(await last, "last");
  await assert.rejects(
    gate.pass(stop.signal, async () => {}),
    { message: "given up" },
  );
  assert.equal(await gate.pass(undefined, async () => "free"), "free");
});

test("turns come in the order in which they were taken, for each recipient apart", async () => {
  const turns = new Turns();
  const order: string[] = [];
  const take = (to: Address, name: string) => {
    const turn = turns.reserve(to);
    return { turn, came: turn.come(undefined).then(() => order.push(name)) };
  };
  const [first, second, other] = [take(bob, "first"), take(bob, "second"), take(carol, "other")];
  await Promise.all([first.came, other.came]);
  assert.deepEqual(order.toSorted(), ["first", "other"]);
  // The second is done before its turn has come: the third waits for the first all the same.
  second.turn.done();
  const third = take(bob, "third");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(order.includes("third"), false);
  first.turn.done();
  await third.came;
});

test("who gives up a turn while waiting hears the reason", async () => {
  const turns = new Turns();
  const first = turns.reserve(bob);
  const second = turns.reserve(bob);
  const stop = new AbortController();
  const waiting = second.come(stop.signal);
  stop.abort(new Error("given up"));
  await assert.rejects(waiting, { message: "given up" });
  first.done();
});

test("pauses double up to the longest, and are spread from half to one and a half", () => {
  const pause = (attempt: number, chance: number) =>
    growingPause(() => new Uint8Array([chance]), { attempt, first: 500, most: 8000 });
  assert.deepEqual(
    [1, 2, 3, 5, 6, 2000].map((attempt) => pause(attempt, 128)),
    [500, 1000, 2000, 8000, 8000, 8000],
  );
  assert.equal(pause(1, 0), 250);
  assert.equal(pause(1, 255), 748);
});
