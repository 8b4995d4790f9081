import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError } from "@keypears/api";
import { idBytes } from "@keypears/protocol";
import { listChanges } from "../procedures/messages/list-changes.ts";
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
import { disturbed } from "../testing/queries.ts";
import { answerEvents } from "./answer.ts";
import { type Every, HEARTBEAT, openEventStream } from "./stream.ts";

interface ServerEvent {
  readonly id: string | null;
  readonly data: { type: string; revision: number; [member: string]: unknown } | null;
}

/** A timer that fires when the test says so. */
function manualTimer() {
  const works = new Set<() => void>();
  const periods: number[] = [];
  const every: Every = (milliseconds, work) => {
    works.add(work);
    periods.push(milliseconds);
    return () => works.delete(work);
  };
  return { every, works, periods, fire: () => works.forEach((work) => work()) };
}

/** A reader of an event stream, as the HTML standard describes one. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";
  lastEventId: string | null = null;
  comments = 0;
  largest = 0;

  constructor(response: Response) {
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert(response.body);
    this.#reader = response.body.getReader();
  }

  /** The next event or bare id; null at the end. */
  async next(): Promise<ServerEvent | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return null;
        this.largest = Math.max(this.largest, value.length);
        this.#text += new TextDecoder().decode(value);
        continue;
      }
      const block = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (block.startsWith(":")) {
        this.comments++;
        continue;
      }
      const field = (name: string) =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const id = field("id") ?? null;
      if (id !== null) this.lastEventId = id;
      const data = field("data");
      return { id, data: data === undefined ? null : (JSON.parse(data) as ServerEvent["data"]) };
    }
  }

  /** Events until one with this id has come. */
  async until(revision: number): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    while (this.lastEventId !== String(revision)) {
      const event = await this.next();
      assert(event !== null, "the stream has ended");
      if (event.data !== null) events.push(event);
    }
    return events;
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function start(t: TestContext) {
  const server = await openTestServer(t);
  const [alice, bob] = [
    await addPerson(server, "alice@a.test"),
    await addPerson(server, "bob@a.test"),
  ];
  for (const person of [alice, bob]) await addSession(server, person);
  const timer = manualTimer();
  const open = async (person: Person, lastEventId: string | null = null) =>
    new Reader(await answerEvents(server.context, person.session, lastEventId, timer.every));
  return { server, alice, bob, timer, open, events: server.context.events };
}

async function addSession({ context, clock }: TestServer, { session }: Person): Promise<void> {
  await context.store.transaction((tx) =>
    tx
      .insertInto("sessions")
      .values({
        token_hash: session.tokenHash,
        id: idBytes(session.id),
        account_id: session.accountId,
        created_at: clock.time,
        last_used_at: clock.time,
        device: "test",
      })
      .execute(),
  );
}

test("a stream tells every change as it happens, the same as the list of changes", async (t) => {
  const { server, alice, bob, open } = await start(t);
  const reader = await open(bob);
  assert.deepEqual(await reader.next(), { id: "0", data: null });
  for (let index = 1; index <= 3; index++) {
    await write(server, alice, bob);
    const [message, conversation] = await reader.until(index);
    assert.equal(message?.data?.type, "message");
    assert.equal(conversation?.data?.type, "conversation");
    // The id comes with the last event of its revision.
    assert.deepEqual([message?.id, conversation?.id], [null, String(index)]);
  }
  const { changes } = await listChanges(server.context, callOf(bob), { after: 0 });
  assert.equal(changes.length, 4);
  await reader.cancel();
});

test("without a last id a stream begins with what happens next; with one, after it", async (t) => {
  const { server, alice, bob, open } = await start(t);
  await write(server, bob, alice);
  for (let index = 0; index < 3; index++) await write(server, alice, bob);
  const fresh = await open(bob);
  assert.deepEqual(await fresh.next(), { id: "4", data: null });
  await write(server, alice, bob);
  const events = await fresh.until(5);
  assert.deepEqual(
    events.map(({ data }) => data?.revision),
    [5, 5],
  );
  const resumed = await open(bob, "2");
  const missed = await resumed.until(5);
  assert.deepEqual(
    missed.map(({ data }) => [data?.type, data?.revision]),
    [
      ["message", 3],
      ["message", 4],
      ["message", 5],
      ["conversation", 5],
    ],
  );
  await fresh.cancel();
  await resumed.cancel();
});

test("a reader that is cut off at any point and comes back with the last id has missed nothing", async (t) => {
  const { server, alice, bob, open } = await start(t);
  await write(server, bob, alice);
  let last: string | null = "0";
  const told = new Set<number>();
  for (let cut = 0; cut < 12; cut++) {
    const reader = await open(bob, last);
    const sending = write(server, alice, bob);
    for (let index = 0; index <= cut % 4; index++) {
      const event = await reader.next();
      if (event?.data?.type === "message") told.add(event.data.revision);
    }
    last = reader.lastEventId;
    await reader.cancel();
    await sending;
  }
  const reader = await open(bob, last);
  for (const { data } of await reader.until(13)) {
    if (data?.type === "message") told.add(data.revision);
  }
  assert.deepEqual(
    [...told].toSorted((a, b) => a - b),
    Array.from({ length: 13 }, (_, index) => index + 1),
  );
  await reader.cancel();
});

test("what is committed while a stream opens is told: between subscribing and reading nothing is lost", async (t) => {
  const { server, alice, bob, open } = await start(t);
  const { store } = server.context;
  await write(server, bob, alice);
  const parcel = await pack(server, alice, bob);
  let first = true;
  // The first read of a stream finds out where the mailbox is; just then a message is stored and told.
  const value = disturbed(store.db, async () => {
    if (!first) return;
    first = false;
    await hand(server, alice, parcel);
  });
  Object.defineProperty(store, "db", { value });
  const reader = await open(bob);
  assert.deepEqual(await reader.next(), { id: "1", data: null });
  const events = await reader.until(2);
  assert.deepEqual(
    events.map(({ data }) => data?.type),
    ["message", "conversation"],
  );
  await reader.cancel();
});

test("50 messages at once reach every open stream, all and in order", async (t) => {
  const { server, alice, bob, open } = await start(t);
  await write(server, bob, alice);
  const readers = await Promise.all(Array.from({ length: 5 }, () => open(bob, "1")));
  const parcels = [];
  for (let index = 0; index < 50; index++) parcels.push(await pack(server, alice, bob));
  const reading = readers.map((reader) => reader.until(51));
  await Promise.all(parcels.map((parcel) => hand(server, alice, parcel)));
  for (const events of await Promise.all(reading)) {
    const messages = events.filter(({ data }) => data?.type === "message");
    assert.deepEqual(
      messages.map(({ data }) => data?.revision),
      Array.from({ length: 50 }, (_, index) => index + 2),
    );
  }
  for (const reader of readers) await reader.cancel();
});

test("nobody is told of another's mailbox", async (t) => {
  const { server, alice, bob, open } = await start(t);
  const carol = await addPerson(server, "carol@a.test");
  await addSession(server, carol);
  const reader = await open(carol);
  await reader.next();
  const heard = reader.next();
  await write(server, alice, bob);
  await write(server, bob, alice);
  await write(server, bob, carol);
  const event = await heard;
  assert.deepEqual([event?.data?.revision, event?.data?.type], [1, "message"]);
  await reader.cancel();
});

test("a comment every 15 seconds keeps an idle stream alive, and only an idle one", async (t) => {
  const { server, alice, bob, timer, open } = await start(t);
  const reader = await open(bob);
  await reader.next();
  assert.deepEqual(timer.periods, [HEARTBEAT]);
  assert.equal(HEARTBEAT, 15_000);
  const pending = reader.next();
  for (let beat = 1; beat <= 3; beat++) {
    timer.fire();
    await until(() => reader.comments === beat);
  }
  await write(server, alice, bob);
  assert.equal((await pending)?.data?.type, "message");
  await reader.cancel();
  assert.equal(timer.works.size, 0);
});

/** Waits for a fact, turn by turn. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await new Promise((resolve) => setImmediate(resolve));
}

test("a stream ends with its session, at once when that is ended, and no other stream does", async (t) => {
  const { alice, bob, open, events } = await start(t);
  const [ending, other] = [await open(bob), await open(alice)];
  await ending.next();
  await other.next();
  const end = ending.next();
  const going = other.next();
  events.endSession(bob.session.accountId, bob.session.id);
  assert.equal(await end, null);
  assert.equal(events.count(), 1);
  events.endSessions(alice.session.accountId, null);
  assert.equal(await going, null);
  assert.equal(events.count(), 0);
});

test("a session that has run out, or is gone without a word, ends its stream at the next heartbeat", async (t) => {
  const { server, alice, bob, timer, open } = await start(t);
  const [one, two] = [await open(bob), await open(alice)];
  await one.next();
  await two.next();
  const [first, second] = [one.next(), two.next()];
  await server.context.store.transaction((tx) =>
    tx.deleteFrom("sessions").where("account_id", "=", bob.session.accountId).execute(),
  );
  timer.fire();
  assert.equal(await first, null);
  server.clock.time += 31 * 86_400_000;
  timer.fire();
  assert.equal(await second, null);
  assert.equal(timer.works.size, 0);
});

test("a reader that does not read costs nothing more than its place, however much happens", async (t) => {
  const { server, alice, bob, timer, events } = await start(t);
  const { store } = server.context;
  const { accountId, id: sessionId } = bob.session;
  await write(server, bob, alice);
  let reads = 0;
  const stream = await openEventStream({
    db: disturbed(store.db, async () => reads++),
    events,
    every: timer.every,
    accountId,
    sessionId,
    holds: async () => true,
    after: 0,
  });
  const text = "x".repeat(30_000);
  for (let index = 0; index < 50; index++) await write(server, alice, bob, { text });
  for (let beat = 0; beat < 1_000; beat++) timer.fire();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(reads, 1, "it reads ahead");
  // When it reads at last, everything is there, and no page of it is large.
  const headers = { "content-type": "text/event-stream" };
  const slow = new Reader(new Response(stream, { headers }));
  const told = (await slow.until(51)).filter(({ data }) => data?.type === "message");
  assert.equal(told.length, 51);
  assert(slow.largest < 2_000_000, `${slow.largest} bytes at once`);
  await slow.cancel();
});

test("a last id that is none is refused, one from a longer past begins at what there is", async (t) => {
  const { server, alice, bob, open, events } = await start(t);
  for (const id of ["-1", "x", "1e3", "", "99999999999999999999"]) {
    await assert.rejects(open(bob, id), (error) => {
      assert(error instanceof ApiError);
      assert.equal(error.code, "invalid_input");
      return true;
    });
  }
  assert.equal(events.count(), 0);
  const reader = await open(bob, "77");
  assert.deepEqual(await reader.next(), { id: "0", data: null });
  await write(server, alice, bob);
  assert.equal((await reader.until(1)).length, 2);
  await reader.cancel();
});

test("an account has 50 streams at the most; when one is closed there is room again", async (t) => {
  const { bob, open, events } = await start(t);
  const readers = [];
  for (let index = 0; index < 50; index++) readers.push(await open(bob));
  await assert.rejects(open(bob), (error) => {
    assert(error instanceof ApiError);
    assert.equal(error.code, "rate_limited");
    return true;
  });
  await readers[0]?.cancel();
  readers.push(await open(bob));
  events.endAll();
  assert.equal(events.count(), 0);
});
