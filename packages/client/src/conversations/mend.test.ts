import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError, mendable } from "@keypears/api";
import type { Id } from "@keypears/protocol";
import { createClient } from "../client.ts";
import { ClientError } from "../errors.ts";
import { Told } from "../testing/told.ts";
import { type Person, Town } from "../testing/town.ts";

async function pair() {
  const town = new Town();
  town.elsewhere.add("b.test");
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@b.test");
  const send = (text: string) => alice.client.messages.send({ to: bob.address, text });
  /** A message that is on its way, and fails. */
  const failed = async (reason: string, text = "hello"): Promise<Id> => {
    const { id } = await send(text);
    town.fail(alice.account, id, reason);
    return id;
  };
  const stateOf = (id: Id) => alice.account.messages.find((one) => one.id === id)?.state;
  return { town, alice, bob, send, failed, stateOf };
}

async function follows(t: TestContext, person: Pick<Person, "client">, options = {}) {
  const told = new Told(t, person, options);
  await told.connection("live");
  return told;
}

/** The end of a mending: why it was in vain, or null. */
async function ended(told: Told, id: Id): Promise<string | null> {
  const { failure } = await told.next(
    "mending",
    (event) => event.id === id && event.progress === null,
  );
  return failure;
}

/** Waits until a device has looked at everything that failed before it followed. */
async function looked({ store, account }: Person): Promise<void> {
  const isDone = () => (store.dump()["mended"] as { looked: number }).looked === account.revision;
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

/** A program that starts anew on the same device. */
function anew(person: Person, options = {}) {
  return { client: createClient({ session: "bearer", ports: person.ports, ...options }) };
}

for (const reason of mendable) {
  test(`a message that fails by ${reason} while somebody follows is sent again by itself, and it is told how far`, async (t) => {
    const { town, alice, bob, send, stateOf } = await pair();
    const told = await follows(t, alice);
    const { id } = await send("hello");
    town.fail(alice.account, id, reason);
    assert.equal(await ended(told, id), null);
    assert.equal(stateOf(id), "pending");
    const mending = told.all.flatMap((event) => (event.type === "mending" ? [event] : []));
    assert(mending.every((event) => event.id === id && event.peer === bob.address));
    assert.deepEqual(mending[0]?.progress, { stage: "asking", parts: 0 });
    assert.deepEqual(mending.at(-2)?.progress, { stage: "sending", parts: 16 });
    assert(mending.some(({ progress }) => progress?.stage === "mining"));
    town.deliver(alice.account, id);
    await told.next("message", ({ message }) => message.state === "delivered");
    const { messages } = await bob.client.messages.read({ peer: alice.address });
    assert.deepEqual(
      messages.map(({ text, verified }) => [text, verified]),
      [["hello", true]],
    );
  });
}

test("what fails for any other reason waits for its author", async (t) => {
  const { alice, failed, stateOf } = await pair();
  const told = await follows(t, alice);
  const ids: Id[] = [];
  for (const reason of ["timeout", "no_such_user", "message_refused"]) {
    ids.push(await failed(reason, reason));
  }
  const jobs = alice.miner.jobs;
  const last = await failed("work_expired", "last");
  assert.equal(await ended(told, last), null);
  assert.deepEqual(ids.map(stateOf), ["failed", "failed", "failed"]);
  assert.equal(alice.miner.jobs, jobs + 2);
});

test("one message is mended once for each reason", async (t) => {
  const { town, alice, failed, stateOf } = await pair();
  const told = await follows(t, alice);
  const id = await failed("work_expired");
  assert.equal(await ended(told, id), null);
  town.fail(alice.account, id, "stale_key");
  assert.equal(await ended(told, id), null);
  const jobs = alice.miner.jobs;
  for (const reason of ["work_expired", "stale_key"]) {
    town.fail(alice.account, id, reason);
    await told.next("message", ({ message }) => message.reason === reason);
  }
  // Whatever comes after it is.
  assert.equal(await ended(told, await failed("work_expired", "next")), null);
  assert.equal(alice.miner.jobs, jobs + 2);
  assert.equal(stateOf(id), "failed");
  // A program that starts anew knows that too.
  await told.stop();
  const again = await follows(t, anew(alice));
  const other = await failed("work_expired", "other");
  assert.equal(await ended(again, other), null);
  assert.equal(stateOf(id), "failed");
});

test("what failed before anybody followed is mended: a page that is opened, a device that is new", async (t) => {
  const { town, alice, failed, stateOf } = await pair();
  const id = await failed("work_expired");
  const told = await follows(t, alice);
  assert.equal(await ended(told, id), null);
  await told.stop();
  // While nobody looks, another one fails, and many things happen.
  const later = await failed("stale_key", "later");
  for (let index = 0; index < 120; index++) town.move(alice.account, id, { step: "queued" });
  const again = await follows(t, anew(alice));
  assert.equal(await ended(again, later), null);
  assert.deepEqual([stateOf(id), stateOf(later)], ["pending", "pending"]);
  await again.stop();

  town.fail(alice.account, later, "work_expired");
  const device = await town.device(alice.account);
  assert.equal(await ended(await follows(t, device), later), null);
});

test("of what happened before, a device looks at the last 300 changes, and at none twice", async (t) => {
  const { town, alice, send, failed, stateOf } = await pair();
  const far = await failed("work_expired", "far back");
  const { id } = await send("busy");
  const busy = (times: number) => {
    for (let index = 0; index < times; index++) town.move(alice.account, id, { step: "queued" });
  };
  busy(300);
  const near = await failed("work_expired", "near");
  const told = await follows(t, alice);
  assert.equal(await ended(told, near), null);
  assert.equal(stateOf(far), "failed");
  const changes = town.count("messages.listChanges");
  assert.equal(changes, 1, "one page: a message is told once, however often it changed");
  await told.stop();
  // What was told while it followed it looks through once more, and then never again.
  for (let page = 0; page < 3; page++) {
    await follows(t, anew(alice));
    await looked(alice);
    // Whatever was asked before this has been asked.
    await alice.client.messages.listBlocks();
  }
  assert.equal(town.count("messages.listChanges"), changes + 1);
});

test("who follows from a revision on mends what failed before it and after it", async (t) => {
  const { alice, failed } = await pair();
  const before = await failed("work_expired", "before");
  const after = alice.account.revision;
  const later = await failed("stale_key", "later");
  const told = new Told(t, alice, { after });
  const over = new Set<Id>();
  while (over.size < 2) {
    const { id, failure } = await told.next("mending", ({ progress }) => progress === null);
    assert.equal(failure, null);
    over.add(id);
  }
  assert.deepEqual(over, new Set([before, later]));
});

test("who follows from a revision on after which nothing happens mends what failed before it", async (t) => {
  const { alice, failed } = await pair();
  const id = await failed("work_expired");
  const told = new Told(t, alice, { after: alice.account.revision });
  assert.equal(await ended(told, id), null);
});

test("a message of somebody else's, shown as unverified for a reason of the same name, is nothing to be mended", async (t) => {
  const { town, alice, bob } = await pair();
  const told = await follows(t, alice);
  const { id } = await bob.client.messages.send({ to: alice.address, text: "late" });
  await town.addKeySet(bob.account, "rotation");
  town.clock.time += 2 * 3_600_000;
  town.deliver(bob.account, id);
  const { message } = await told.next("message");
  assert.deepEqual([message.verified, message.reason], [false, "stale_sender_key"]);
  const elsewhere = await town.device(alice.account);
  const other = await elsewhere.client.messages.send({ to: bob.address, text: "mine" });
  town.fail(alice.account, other.id, "work_expired");
  assert.equal(await ended(told, other.id), null);
  assert(told.all.every((event) => event.type !== "mending" || event.id === other.id));
});

test("nothing is mended where it is not wanted", async (t) => {
  const { alice, failed, stateOf } = await pair();
  const early = await failed("work_expired", "early");
  const told = await follows(t, alice, { mend: false });
  const jobs = alice.miner.jobs;
  const late = await failed("stale_key", "late");
  await told.next("message", ({ message }) => message.reason === "stale_key");
  await told.next("reached");
  assert.deepEqual([stateOf(early), stateOf(late)], ["failed", "failed"]);
  assert.equal(alice.miner.jobs, jobs + 1);
  assert(told.all.every(({ type }) => type !== "mending"));
});

test("above the ceiling nothing is mined: the message stays failed, and its author decides", async (t) => {
  const { town, alice, bob, failed, stateOf } = await pair();
  const id = await failed("work_expired");
  const jobs = alice.miner.jobs;
  const careful = anew(alice, { ceilings: { "first-contact": 1599 } });
  const told = await follows(t, careful);
  assert.equal(await ended(told, id), "too_expensive");
  assert.deepEqual([stateOf(id), alice.miner.jobs], ["failed", jobs]);
  const sent = await careful.client.messages.retry({ peer: bob.address, id, ceiling: 1600 });
  assert.equal(sent.state, "pending");
  assert.equal(town.count("messages.send"), 2);
});

test("nothing goes by itself to somebody whose keys were reset", async (t) => {
  const { town, alice, bob, failed, stateOf } = await pair();
  const id = await failed("stale_key");
  await town.addKeySet(bob.account, "reset");
  const told = await follows(t, alice);
  assert.equal(await ended(told, id), "keys_reset");
  assert.equal(stateOf(id), "failed");
  assert.equal(town.count("messages.send"), 1);
});

test("two devices that mend at once send one message", async (t) => {
  const { town, alice, bob, send, stateOf } = await pair();
  const devices = [alice, await town.device(alice.account), await town.device(alice.account)];
  const all = await Promise.all(devices.map((device) => follows(t, device)));
  const { id } = await send("once");
  town.fail(alice.account, id, "stale_key");
  assert.deepEqual(await Promise.all(all.map((told) => ended(told, id))), [null, null, null]);
  assert.equal(stateOf(id), "pending");
  assert.equal(alice.account.messages.length, 1);
  town.deliver(alice.account, id);
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text, verified }) => [text, verified]),
    [["once", true]],
  );
});

/** Pauses, however long; not how long an answer or a stream's next word may take. */
const isAnyPause = (length: number) => ![10_000, 30_000, 45_000].includes(length);

for (const broken of [
  new ApiError("domain_unreachable", { reason: "connect" }),
  new ClientError("unreachable"),
  new ApiError("busy", { retryAfter: 3600 }),
]) {
  test(`after ${broken.code} it is tried again after growing pauses, and mined once`, async (t) => {
    const { town, alice, failed, stateOf } = await pair();
    const id = await failed("work_expired");
    const { jobs } = alice.miner;
    let left = 12;
    town.on("messages.requestChallenge", (next) => {
      if (left-- > 0 && (broken.code === "unreachable" || left > 8)) throw broken;
      return next();
    });
    const pauses: number[] = [];
    town.clock.skips = (length) => {
      if (isAnyPause(length) && length >= 7_500) pauses.push(length);
      return isAnyPause(length);
    };
    const told = await follows(t, alice);
    while (stateOf(id) === "failed") assert.equal(await ended(told, id), null);
    assert.deepEqual([stateOf(id), alice.miner.jobs], ["pending", jobs + 1]);
    assert(pauses.length >= 2, String(pauses));
    for (const [index, pause] of pauses.entries()) {
      const length = 15_000 * 2 ** index;
      assert(pause >= length / 2 && pause <= length * 1.5, String(pauses));
    }
  });
}

test("a domain that stays out of reach is not asked for ever", async (t) => {
  const { town, alice, failed, stateOf } = await pair();
  const id = await failed("work_expired");
  town.faults.set("b.test", "connect");
  town.clock.skips = isAnyPause;
  const told = await follows(t, alice);
  let failure: string | null = null;
  while (failure === null) failure = await ended(told, id);
  assert.deepEqual([failure, stateOf(id)], ["domain_unreachable", "failed"]);
});

test("a mending that was cut off is begun once more, and then no more: a page that is opened again and again does not mine for ever", async (t) => {
  const { town, alice, failed } = await pair();
  const id = await failed("work_expired");
  const other = await failed("work_expired", "other");
  const begun: Id[] = [];
  for (let page = 0; page < 3; page++) {
    // Even a device that looks at all of it each time.
    await alice.store.change("mended", (value) => value && { ...value, looked: 0 });
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    alice.miner.before = () => closed;
    const told = await follows(t, anew(alice));
    const mining = await told.next("mending", ({ progress }) => progress?.stage === "mining");
    begun.push(mining.id);
    const stopped = told.stop();
    close();
    await stopped;
  }
  assert.deepEqual(begun, [id, id, other]);
  assert.equal(town.count("messages.send"), 2);
});

test("what a device remembers of this stays small", async (t) => {
  const { alice, failed } = await pair();
  const tried = Array.from({ length: 200 }, (_, index) => ({ what: String(index), starts: 2 }));
  await alice.store.change("mended", () => ({ looked: 0, tried }));
  const id = await failed("work_expired");
  const told = await follows(t, alice);
  assert.equal(await ended(told, id), null);
  assert.deepEqual((alice.store.dump()["mended"] as { tried: unknown }).tried, [
    ...tried.slice(1),
    { what: `${id} work_expired`, starts: 2 },
  ]);
});

test("messages to one person are mended one after the other, and to others meanwhile", async (t) => {
  const { town, alice, bob, failed, stateOf } = await pair();
  const carol = await town.person("carol@b.test");
  const first = await failed("work_expired", "first");
  const second = await failed("work_expired", "second");
  const { id: other } = await alice.client.messages.send({ to: carol.address, text: "other" });
  town.fail(alice.account, other, "work_expired");
  const { promise: long, resolve: ready } = Promise.withResolvers<void>();
  let held = false;
  town.on("messages.requestChallenge", async (next, { recipient }) => {
    if (recipient === bob.address && !held) {
      held = true;
      await long;
    }
    return next();
  });
  const told = await follows(t, alice);
  assert.equal(await ended(told, other), null);
  assert.deepEqual([stateOf(first), stateOf(second)], ["failed", "failed"]);
  ready();
  assert.equal(await ended(told, first), null);
  assert.equal(stateOf(second), "failed");
  assert.equal(await ended(told, second), null);
});

test("whoever stops listening stops the mending, and the stream", async () => {
  const { town, alice, failed, stateOf } = await pair();
  const id = await failed("work_expired");
  let mining = false;
  alice.miner.before = async () => {
    mining = true;
    await new Promise<void>((resolve) => setImmediate(resolve));
  };
  for await (const event of alice.client.messages.follow()) {
    if (event.type === "mending" && event.progress?.stage === "mining") break;
  }
  assert.equal(mining, true);
  assert.equal(stateOf(id), "failed");
  assert.equal(town.streams, 0);
  assert.equal(town.clock.sleeping, 0);
});

test("a fault of ours while something is mended is not swallowed", async () => {
  const { alice, failed } = await pair();
  await failed("work_expired");
  const { store } = alice;
  const ports = {
    ...alice.ports,
    store: {
      keys: store.keys,
      read: (name: string) => store.read(name),
      begin: (...given: Parameters<typeof store.begin>) => store.begin(...given),
      clear: () => store.clear(),
      change: async (name: string, change: (value: unknown) => unknown) => {
        if (name === "mended") throw new RangeError("ours");
        await store.change(name, change);
      },
    },
  };
  const client = createClient({ session: "bearer", ports });
  await assert.rejects(
    async () => {
      for await (const event of client.messages.follow()) void event;
    },
    { message: "ours" },
  );
});
