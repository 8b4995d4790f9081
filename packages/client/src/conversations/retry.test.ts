import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredMessage } from "@keypears/api";
import { type Id, equalBytes, makeId, parseHeader } from "@keypears/protocol";
import { type Progress } from "../progress.ts";
import { random } from "../testing/ports.ts";
import { Told } from "../testing/told.ts";
import { Town } from "../testing/town.ts";

async function pair() {
  const town = new Town();
  town.elsewhere.add("b.test");
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@b.test");
  const send = (text: string, options = {}) =>
    alice.client.messages.send({ to: bob.address, text, ...options });
  const retry = (id: Id, options = {}) =>
    alice.client.messages.retry({ peer: bob.address, id, ...options });
  const stored = (id: Id) => alice.account.messages.find((one) => one.id === id) as StoredMessage;
  const arrived = async () =>
    (await bob.client.messages.read({ peer: alice.address })).messages.map(({ text }) => text);
  return { town, alice, bob, send, retry, stored, arrived };
}

for (const reason of ["work_expired", "timeout", "server_error", "dns"]) {
  test(`after ${reason} the same envelope is sent again with new work: it arrives once, whether or not it had arrived`, async () => {
    for (const late of [false, true]) {
      const { town, alice, send, retry, stored, arrived } = await pair();
      const seeds: Uint8Array[] = [];
      town.on("messages.send", (next, { solution }) => {
        seeds.push(solution.challenge.seed);
        return next();
      });
      const { id, revision } = await send("once");
      const before = stored(id);
      // The answer to its delivery was lost.
      if (late) town.deliver(alice.account, id);
      town.move(alice.account, id, { state: "failed", step: "queued", reason });
      const again = await retry(id);
      assert.deepEqual(
        [again.state, again.step, again.reason, again.text, again.revision, again.id],
        ["pending", "queued", null, "once", revision, id],
      );
      assert(equalBytes(stored(id).hash, before.hash), "the same envelope");
      assert.equal(seeds.length, 2);
      assert(!equalBytes(seeds[0] as Uint8Array, seeds[1] as Uint8Array), "other work");
      town.deliver(alice.account, id);
      assert.equal(stored(id).state, "delivered");
      assert.deepEqual(await arrived(), ["once"]);
    }
  });
}

for (const reason of ["stale_key", "stale_sender_key", "message_refused", "pull_refused"]) {
  test(`after ${reason} a message is sealed again under its id to the keys of now, text, reference and lifetime as they were`, async () => {
    const { town, alice, bob, send, retry, stored } = await pair();
    const first = await send("first");
    town.deliver(alice.account, first.id);
    const deleteAfter = town.clock.time + 3_600_000;
    const { id } = await send("second", { ref: first.id, deleteAfter });
    const before = stored(id);
    town.fail(alice.account, id, reason);
    // Records that are seconds old are not good enough here.
    await town.addKeySet(bob.account, "rotation");
    const again = await retry(id);
    assert.deepEqual(
      [again.state, again.id, again.text, again.ref, again.deleteAfter],
      ["pending", id, "second", first.id, deleteAfter],
    );
    const { hash, envelope } = stored(id);
    assert(!equalBytes(hash, before.hash));
    assert.equal(parseHeader(envelope?.header as never)?.recipientKeyNumber, 2);
    town.deliver(alice.account, id);
    const elsewhere = await town.device(bob.account);
    const { messages } = await elsewhere.client.messages.read({ peer: alice.address });
    assert.deepEqual(
      messages.map(({ text, verified }) => [text, verified]),
      [
        ["first", true],
        ["second", true],
      ],
    );
  });
}

test("a sender who rotated meanwhile seals again with the new keys", async () => {
  const { town, alice, bob, send } = await pair();
  const { id } = await send("hello");
  await town.addKeySet(alice.account, "rotation");
  const now = await town.device(alice.account);
  town.fail(alice.account, id, "stale_sender_key");
  const again = await now.client.messages.retry({ peer: bob.address, id });
  assert.deepEqual([again.state, again.verified, again.text], ["pending", true, "hello"]);
  const { envelope } = alice.account.messages[0] as StoredMessage;
  assert.equal(parseHeader(envelope?.header as never)?.senderKeyNumber, 2);
});

for (const reason of ["work_expired", "stale_key"]) {
  test(`after ${reason} nothing is sent again to somebody whose keys were reset, until the user has looked`, async () => {
    const { town, alice, bob, send, retry } = await pair();
    const { id } = await send("hello");
    town.fail(alice.account, id, reason);
    await town.addKeySet(bob.account, "reset");
    await assert.rejects(retry(id), { code: "keys_reset" });
    assert.equal(town.count("messages.send"), 1);
    const { newest } = await alice.client.directory.lookUp(bob.address);
    await alice.client.directory.acknowledge(bob.address, newest);
    assert.equal((await retry(id)).state, "pending");
  });
}

test("what is not failed any more is given as it is, without work: another device was first", async () => {
  const { town, alice, send, retry } = await pair();
  const { id } = await send("hello");
  const jobs = alice.miner.jobs;
  assert.equal((await retry(id)).state, "pending");
  town.deliver(alice.account, id);
  assert.equal((await retry(id)).state, "delivered");
  assert.equal(alice.miner.jobs, jobs);
});

for (const reason of ["work_expired", "stale_key"]) {
  test(`two devices that send again at once after ${reason} send one message`, async () => {
    const { town, alice, bob, send, retry, arrived } = await pair();
    const { id } = await send("hello");
    town.fail(alice.account, id, reason);
    const other = await town.device(alice.account);
    const [one, two] = await Promise.all([
      retry(id),
      other.client.messages.retry({ peer: bob.address, id }),
    ]);
    assert.deepEqual(
      [one?.state, one?.text, two?.state, two?.text],
      [...["pending", "hello"], ...["pending", "hello"]],
    );
    assert.equal(alice.account.messages.length, 1);
    town.deliver(alice.account, id);
    assert.deepEqual(await arrived(), ["hello"]);
  });
}

test("a failed message is found far back, by its revision with one question, and what is not there is said to be", async () => {
  const { town, alice, bob, send, retry } = await pair();
  const { id, revision } = await send("far back");
  for (let index = 0; index < 120; index++) {
    const one = await send(`message ${index}`);
    town.deliver(alice.account, one.id);
  }
  town.fail(alice.account, id, "work_expired");
  const asked = () => town.count("messages.listMessages");
  let before = asked();
  assert.equal((await retry(id)).state, "pending");
  assert.equal(asked() - before, 2);
  town.fail(alice.account, id, "stale_key");
  before = asked();
  assert.equal((await retry(id, { revision })).state, "pending");
  assert.equal(asked() - before, 1);
  const nothing = { code: "not_again" };
  await assert.rejects(retry(makeId(town.clock.time, random(10))), nothing);
  await assert.rejects(retry(id, { revision: revision + 5 }), nothing);
  // Nor what somebody else wrote.
  const theirs = await bob.client.messages.send({ to: alice.address, text: "mine" });
  town.deliver(bob.account, theirs.id);
  await assert.rejects(retry(theirs.id), nothing);
});

test("what a server gives out as one's own, and is not, is not sent again", async () => {
  const { town, alice, bob, send, retry } = await pair();
  const { id } = await send("hello");
  const other = await send("other");
  town.fail(alice.account, id, "work_expired");
  const sends = town.count("messages.send");
  town.on("messages.listMessages", async (next) => {
    const page = await next();
    const envelope = page.messages.find((one) => one.id === other.id)?.envelope ?? null;
    return { ...page, messages: page.messages.map((one) => ({ ...one, envelope })) };
  });
  await assert.rejects(retry(id), { code: "not_again" });
  assert.equal(town.count("messages.send"), sends);
  assert.equal(bob.account.messages.length, 0);
});

test("what cannot be opened here is not sent again, and the password is asked for", async () => {
  const { town, alice, bob, send } = await pair();
  const { id } = await send("hello");
  town.fail(alice.account, id, "stale_key");
  await town.addKeySet(alice.account, "rotation");
  const now = await town.device({ ...alice.account });
  await now.store.change("account", (value) => {
    const account = value as { keys: { number: number }[] };
    return { ...account, keys: account.keys.filter(({ number }) => number === 2), locked: [1] };
  });
  const { createClient } = await import("../client.ts");
  const client = createClient({ session: "bearer", ports: now.ports });
  await assert.rejects(client.messages.retry({ peer: bob.address, id }), { code: "locked" });
});

test("a message whose lifetime is over is not sent again", async () => {
  const { town, alice, send, retry } = await pair();
  const deleteAfter = town.clock.time + 120_000;
  const { id } = await send("soon gone", { deleteAfter });
  town.fail(alice.account, id, "stale_key");
  town.clock.advance(90_000);
  await assert.rejects(retry(id), { code: "delete_after" });
  town.clock.advance(31_000);
  await assert.rejects(retry(id), { code: "not_again" });
  assert.equal(town.count("messages.send"), 1);
});

test("sending again keeps to the ceiling, and goes above it when the user agrees; it says how far it is", async () => {
  const { town, alice, bob, send } = await pair();
  const { id } = await send("hello");
  town.fail(alice.account, id, "work_expired");
  const careful = await town.device(alice.account, { ceilings: { "first-contact": 1599 } });
  // With the device's own ports, and its ceilings.
  const { createClient } = await import("../client.ts");
  const client = createClient({
    session: "bearer",
    ports: careful.ports,
    ceilings: { "first-contact": 1599 },
  });
  const again = { peer: bob.address, id };
  await assert.rejects(client.messages.retry(again), { code: "too_expensive", difficulty: 1600 });
  assert.equal(careful.miner.jobs, 0);
  const told: Progress[] = [];
  await client.messages.retry({
    ...again,
    ceiling: 1600,
    onProgress: (progress) => told.push(progress),
  });
  assert.equal(careful.miner.jobs, 1);
  assert.deepEqual(told.at(0), { stage: "asking", parts: 0 });
  assert.deepEqual(told.at(-2), { stage: "mining", parts: 16, difficulty: 1600 });
  assert.deepEqual(told.at(-1), { stage: "sending", parts: 16 });
});

test("a message that is sealed again does not seem to be two, at either end, and nothing seems to be missing", async (t) => {
  const { town, alice, bob, send, retry } = await pair();
  const told = new Told(t, alice, { mend: false });
  await told.connection("live");
  const first = await send("first");
  town.clock.advance(1000);
  town.deliver(alice.account, first.id);
  await told.next("message", ({ message }) => message.state === "delivered");
  const second = await send("second");
  town.clock.advance(1000);
  const third = await send("third");
  town.deliver(alice.account, third.id);
  town.fail(alice.account, second.id, "stale_key");
  await told.next("message", ({ message }) => message.state === "failed");
  await retry(second.id);
  town.clock.advance(1000);
  town.deliver(alice.account, second.id);
  await told.next("message", (e) => e.message.id === second.id && e.message.state === "delivered");
  // What comes after it names the newer one.
  const fourth = await send("fourth");
  town.deliver(alice.account, fourth.id);
  for (const [reader, peer] of [
    [bob, alice],
    [alice, bob],
  ] as const) {
    const { messages } = await reader.client.messages.read({ peer: peer.address });
    assert.deepEqual(
      messages.map(({ missing, different }) => [missing, different]),
      Array.from({ length: 4 }, () => [[], []]),
    );
  }
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text }) => text),
    ["first", "third", "second", "fourth"],
  );
  // And it is named: where it is dropped, Bob is told.
  bob.account.messages.splice(2, 1);
  const lacking = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(lacking.messages.at(-1)?.missing, [second.id]);
});

for (const [reason, asked] of [
  ["stale_key", 2],
  ["work_expired", 0],
] as const) {
  test(`after ${reason} the records of both are asked for ${asked === 0 ? "only if they are old" : "anew, however young they are"}`, async () => {
    const { town, alice, send, retry } = await pair();
    const { id } = await send("hello");
    town.fail(alice.account, id, reason);
    const before = town.count("directory.lookUp");
    assert.equal((await retry(id)).state, "pending");
    assert.equal(town.count("directory.lookUp") - before, asked);
  });
}
