import assert from "node:assert/strict";
import { test } from "node:test";
import { addPerson, hand, openTestServer, pack, write } from "../testing/people.ts";
import { breakTransaction } from "../testing/queries.ts";
import { startJobs } from "./timers.ts";

/** Timers that fire when the test says so, by their period in minutes. */
function manualTimers() {
  const works = new Map<number, (() => void)[]>();
  const every = (milliseconds: number, work: () => void) => {
    const minutes = milliseconds / 60_000;
    works.set(minutes, [...(works.get(minutes) ?? []), work]);
    return () => void works.delete(minutes);
  };
  return { every, works, fire: () => [...works.values()].flat().forEach((work) => work()) };
}

test("the jobs empty what has run out, well within the hour that deleteAfter promises, until they are stopped", async (t) => {
  const server = await openTestServer(t);
  const { clock, context } = server;
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  await write(server, alice, bob);
  await hand(server, alice, await pack(server, alice, bob, { deleteAfter: clock.time + 60_000 }));
  const timers = manualTimers();
  const stop = startJobs(context, timers.every);
  assert.deepEqual(
    [...timers.works.keys()].toSorted((a, b) => a - b),
    [1, 10, 60],
  );
  clock.time += 31 * 86_400_000;
  timers.fire();
  await stop();
  assert.equal(timers.works.size, 0);
  const left = (table: "claims" | "messages") =>
    context.store.db.selectFrom(table).selectAll().execute();
  assert.deepEqual(await left("claims"), []);
  const messages = await left("messages");
  assert.deepEqual(
    messages.map((row) => "direction" in row && [row.direction, row.header === null]),
    [
      ["sent", false],
      ["sent", true],
    ],
  );
});

test("a job that fails is logged without anybody's data, and done at its next turn", async (t) => {
  const server = await openTestServer(t);
  const { clock } = server;
  const lines: { fields: object; message: string }[] = [];
  const log = {
    ...server.context.log,
    error: (fields: object, message: string) => void lines.push({ fields, message }),
  };
  const context = { ...server.context, log };
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  await hand(server, alice, await pack(server, alice, bob, { deleteAfter: clock.time + 60_000 }));
  clock.time += 60_000;
  const timers = manualTimers();
  const stop = startJobs(context, timers.every);
  breakTransaction(context.store, 2);
  timers.fire();
  timers.fire();
  await stop();
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["job failed"],
  );
  assert(!/@|a\.test/.test(JSON.stringify(lines)));
  const rows = await context.store.db.selectFrom("messages").select("header").execute();
  assert.deepEqual(
    rows.map((row) => row.header),
    [null, null],
  );
});
