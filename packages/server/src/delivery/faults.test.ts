import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { listMessages } from "../procedures/messages/list-messages.ts";
import { accept } from "../procedures/messages/accept.ts";
import { block } from "../procedures/messages/block.ts";
import { decline } from "../procedures/messages/decline.ts";
import { lapseRequests } from "../jobs/mailboxes.ts";
import { assertConsistent } from "../testing/consistency.ts";
import {
  type Person,
  type TestServer,
  addPerson,
  callOf,
  hand,
  openTestServer,
  pack,
  write,
} from "../testing/people.ts";
import { Crash, breakTransaction, countQueries } from "../testing/queries.ts";

async function start(t: TestContext): Promise<[TestServer, Person, Person]> {
  const server = await openTestServer(t);
  return [server, await addPerson(server, "alice@a.test"), await addPerson(server, "bob@a.test")];
}

/** All that is stored, as one comparable value. */
async function contents({ context }: TestServer): Promise<unknown> {
  const tables = [
    "accounts",
    "accepted_messages",
    "blocks",
    "claims",
    "conversations",
    "messages",
    "waiting",
  ] as const;
  return Promise.all(
    tables.map((table) => context.store.db.selectFrom(table).selectAll().execute()),
  );
}

/** Who is what to whom before the message that is disturbed. */
const situations: Record<
  string,
  (server: TestServer, alice: Person, bob: Person) => Promise<unknown>
> = {
  "a first message": async () => {},
  "one more of a stranger": (server, alice, bob) => write(server, alice, bob),
  "a message in a conversation": async (server, alice, bob) => {
    await write(server, alice, bob);
    await write(server, bob, alice);
  },
  "an answer that accepts": async (server, alice, bob) => {
    await write(server, bob, alice);
    await write(server, bob, alice);
  },
  "a first message of somebody blocked": ({ context }, alice, bob) =>
    block(context, callOf(bob), { target: alice.address }),
};

for (const [name, prepare] of Object.entries(situations)) {
  test(`${name}: stopped between any two steps, nothing is half stored, and the same send then succeeds`, async (t) => {
    const points = new Set<string>();
    for (let at = 0; ; at++) {
      const [server, alice, bob] = await start(t);
      await prepare(server, alice, bob);
      const parcel = await pack(server, alice, bob);
      const before = await contents(server);
      const heard: number[] = [];
      const { accountId } = bob.session;
      const close = server.context.events.subscribe(
        { accountId, sessionId: bob.session.id },
        { changed: (revision) => heard.push(revision), ended: () => {} },
      );
      t.after(close);
      const broken = breakTransaction(server.context.store, at);
      const first = await hand(server, alice, parcel).catch((error: unknown) => error);
      if (broken.point === null) break;
      points.add(broken.point);
      assert(first instanceof Crash, String(first));
      assert.deepEqual(heard, [], "told of before it is committed");
      if (broken.point !== "after") assert.deepEqual(await contents(server), before);
      await assertConsistent(server.context.store);

      const sent = await hand(server, alice, parcel);
      assert.deepEqual(await hand(server, alice, parcel), sent);
      const input = { peer: bob.address };
      const { messages } = await listMessages(server.context, callOf(alice), input);
      assert.deepEqual(
        messages.filter((message) => message.id === sent.id),
        [sent],
      );
    }
    assert.deepEqual([...points], ["query", "commit", "after"]);
  });
}

const changes: Record<
  string,
  (server: TestServer, alice: Person, bob: Person) => Promise<unknown>
> = {
  accepting: ({ context }, alice, bob) => accept(context, callOf(bob), { peer: alice.address }),
  declining: ({ context }, alice, bob) => decline(context, callOf(bob), { peer: alice.address }),
  blocking: ({ context }, alice, bob) => block(context, callOf(bob), { target: alice.address }),
  lapsing: async ({ clock, context }) => {
    clock.time += 31 * 86_400_000;
    await lapseRequests(context);
  },
};

for (const [name, act] of Object.entries(changes)) {
  test(`${name}: stopped between any two steps, nothing is half done, and it can be done again`, async (t) => {
    for (let at = 0; ; at++) {
      const [server, alice, bob] = await start(t);
      await write(server, alice, bob);
      await write(server, alice, bob);
      const before = await contents(server);
      const broken = breakTransaction(server.context.store, at);
      const first = await act(server, alice, bob).catch((error: unknown) => error);
      if (broken.point === null) break;
      assert(first instanceof Crash, String(first));
      if (broken.point !== "after") assert.deepEqual(await contents(server), before);
      await act(server, alice, bob);
    }
  });
}

test("a message in a conversation costs nine queries to store and five to judge", async (t) => {
  const [server, alice, bob] = await start(t);
  await write(server, alice, bob);
  await write(server, bob, alice);
  const parcel = await pack(server, alice, bob);
  const counts = countQueries(server.context.store);
  await hand(server, alice, parcel);
  assert.deepEqual({ ...counts }, { outside: 5, inside: 9 });
});
