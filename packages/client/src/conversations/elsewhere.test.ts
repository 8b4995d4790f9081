import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, type PeerFault, peerFaults } from "@keypears/api";
import { makeId } from "@keypears/protocol";
import { ClientError } from "../errors.ts";
import { isPause } from "../testing/clock.ts";
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
  const newest = async () =>
    (await alice.client.messages.read({ peer: bob.address })).messages.at(-1);
  return { town, alice, bob, send, newest };
}

test("a message to another domain is pending at once, and every hop of its way is seen, with what is in the way", async (t) => {
  const { town, alice, bob, send, newest } = await pair();
  const told = new Told(t, alice);
  await told.connection("live");
  const sent = await send("hello");
  assert.deepEqual([sent.state, sent.step, sent.reason], ["pending", "queued", null]);
  assert.deepEqual([sent.text, sent.verified], ["hello", true]);
  for (const fields of [
    { step: "queued", reason: "timeout" },
    { step: "notified", reason: null },
    { step: "pulled", reason: "asking_back" },
  ] as const) {
    town.move(alice.account, sent.id, fields);
    const { message } = await told.next(
      "message",
      ({ message: one }) => [one.step, one.reason].join() === [fields.step, fields.reason].join(),
    );
    const read = await newest();
    for (const view of [message, read]) {
      assert.deepEqual(
        [view?.state, view?.step, view?.reason, view?.verified, view?.text, view?.revision],
        ["pending", fields.step, fields.reason, true, "hello", sent.revision],
      );
    }
  }
  town.deliver(alice.account, sent.id);
  const { message } = await told.next("message", (event) => event.message.state === "delivered");
  assert.deepEqual([message.step, message.reason, message.verified], [null, null, true]);
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text, verified }) => [text, verified]),
    [["hello", true]],
  );
});

for (const reason of ["tls", "too_many_waiting", "work_expired"]) {
  test(`a delivery that failed by ${reason} says so, and how far it had come, and still counts as genuine`, async () => {
    const { town, alice, send, newest } = await pair();
    const { id } = await send("hello");
    town.move(alice.account, id, { step: "notified" });
    town.fail(alice.account, id, reason);
    const view = await newest();
    assert.deepEqual(
      [view?.state, view?.step, view?.reason, view?.verified, view?.text],
      ["failed", "notified", reason, true, "hello"],
    );
  });
}

test("whatever is in the way to a domain is told at once by its name, for a look-up, a price and a message; it is no unknown user and no broken connection", async () => {
  const { town, alice, bob, send } = await pair();
  const { messages, directory } = alice.client;
  town.clock.skips = isPause;
  for (const reason of peerFaults.filter((fault) => fault !== "busy")) {
    town.faults.set("b.test", reason);
    const since = town.clock.time;
    for (const asked of [
      () => directory.lookUp(bob.address),
      () => messages.quote(bob.address),
      () => messages.prepare({ to: bob.address }),
      () => send("hello"),
    ]) {
      await assert.rejects(asked, { name: "ApiError", code: "domain_unreachable", reason });
    }
    assert.equal(town.clock.time, since, "nobody waited");
  }
  assert.equal(town.count("messages.send"), 0);
  // Neither when the records are known and the challenge fails.
  town.faults.clear();
  await directory.lookUp(bob.address);
  town.faults.set("b.test", "connect");
  await assert.rejects(send("hello"), { code: "domain_unreachable", reason: "connect" });
});

test("a server that takes no message for a domain is not asked five times", async () => {
  const { town, send } = await pair();
  town.clock.skips = isPause;
  town.on("messages.send", async () => {
    throw new ApiError("domain_unreachable", { reason: "dns" });
  });
  await assert.rejects(send("hello"), { code: "domain_unreachable", reason: "dns" });
  assert.equal(town.count("messages.send"), 1);
});

test("a domain that asks to wait a moment is asked again, and one that stays busy is named soon", async () => {
  const { town, send } = await pair();
  town.clock.skips = isPause;
  const busyFor = (times: number, wait: { readonly retryAfter?: number } = {}) => {
    let left = times;
    town.on("messages.requestChallenge", async (next) => {
      if (left-- <= 0) return next();
      throw new ApiError("domain_unreachable", { reason: "busy", ...wait });
    });
  };
  busyFor(2);
  assert.equal((await send("hello")).state, "pending");
  busyFor(Infinity);
  const since = town.clock.time;
  await assert.rejects(send("again"), { code: "domain_unreachable", reason: "busy" });
  assert(town.clock.time - since < 5_000);
  // It says itself for how long: nobody waits for that.
  busyFor(Infinity, { retryAfter: 60 });
  const asked = town.count("messages.requestChallenge");
  await assert.rejects(send("again"), { code: "domain_unreachable", reason: "busy" });
  assert.equal(town.count("messages.requestChallenge"), asked + 1);
});

test("a time that is refused is a wrong clock: this device's, or for another domain that server's", async () => {
  const { town, alice, bob, send } = await pair();
  const carol = await town.person("carol@a.test");
  const own = await alice.client.messages.send({ to: carol.address, text: "hello" });
  assert.equal(own.state, "delivered");
  const near = () => alice.client.messages.send({ to: carol.address, text: "again" });
  const refused = { name: "ClientError", code: "clock" };
  town.on("messages.requestChallenge", async () => {
    throw new ApiError("request_refused", { reason: "time" });
  });
  await assert.rejects(near, { ...refused, reason: undefined });
  await assert.rejects(send("hello"), { ...refused, reason: "peer" });
  town.on("messages.requestChallenge", null);
  town.on("messages.send", async () => {
    throw new ApiError("message_refused", { reason: "sent_time" });
  });
  await assert.rejects(near, { ...refused, reason: undefined });
  await assert.rejects(send("hello"), { ...refused, reason: "peer" });
  assert.equal(bob.account.messages.length, 0);
});

test("what was read once is read while the domain is out of reach; what needs keys that nobody knows says so", async (t) => {
  const { town, alice, bob, send } = await pair();
  const { id } = await send("out");
  town.deliver(alice.account, id);
  const answer = await bob.client.messages.send({ to: alice.address, text: "back" });
  town.deliver(bob.account, answer.id);
  const read = async () => {
    const { messages } = await alice.client.messages.read({ peer: bob.address });
    return messages.map(({ text, verified, reason }) => [text, verified, reason]);
  };
  await read();
  const texts = [
    ["out", true, null],
    ["back", true, null],
  ];
  town.faults.set("b.test", "timeout");
  town.clock.advance(3_600_000);
  assert.deepEqual(await read(), texts);
  const { conversations } = await alice.client.messages.listConversations();
  assert.deepEqual(
    [conversations[0]?.last?.text, conversations[0]?.last?.verified],
    ["back", true],
  );

  // Bob goes on with other keys, and his domain is out of reach again before anybody asks.
  await town.addKeySet(bob.account, "rotation");
  const elsewhere = await town.device(bob.account);
  const later = await elsewhere.client.messages.send({ to: alice.address, text: "new" });
  const told = new Told(t, alice);
  await told.connection("live");
  town.deliver(bob.account, later.id);
  const { message } = await told.next("message");
  assert.deepEqual([message.text, message.verified, message.reason], [null, false, "keys_unknown"]);
  town.faults.clear();
  assert.deepEqual(await read(), [...texts, ["new", true, null]]);
});

test("a device that knew nobody there reads what it has as soon as the domain is there", async () => {
  const { town, alice, bob, send } = await pair();
  await send("out");
  const anew = await town.device(alice.account);
  const fault: PeerFault = "dns";
  town.faults.set("b.test", fault);
  const read = async () =>
    (await anew.client.messages.read({ peer: bob.address })).messages.map((message) => [
      message.text,
      message.reason,
    ]);
  assert.deepEqual(await read(), [[null, "keys_unknown"]]);
  town.faults.clear();
  assert.deepEqual(await read(), [["out", null]]);
  // Any other failure of the server is still one.
  town.on("directory.lookUp", async (next, { address }) => {
    if (address !== bob.address) return next();
    throw new ApiError("internal");
  });
  town.clock.advance(3_600_000);
  await assert.rejects(read, { code: "internal" });
});

test("a message that was handed over and whose answer was lost arrives once in another domain, too", async () => {
  const { town, alice, bob, send } = await pair();
  town.clock.skips = isPause;
  const id = makeId(town.clock.time, random(10));
  town.on("messages.send", async (next) => {
    await next();
    throw new ClientError("unreachable");
  });
  await assert.rejects(send("once", { id }), { code: "unreachable" });
  town.on("messages.send", null);
  const sent = await send("once", { id });
  assert.deepEqual([sent.id, sent.state], [id, "pending"]);
  town.deliver(alice.account, id);
  assert.equal(bob.account.messages.length, 1);
});

test("what was heard while a page was read, or while a message was handed over, is newer than that", async (t) => {
  const { town, alice, bob, send } = await pair();
  const told = new Told(t, alice, { mend: false });
  await told.connection("live");
  const delivered = async (id: string) => {
    town.deliver(alice.account, id as never);
    await told.next("message", (e) => e.message.id === id && e.message.state === "delivered");
  };
  const first = await send("first");
  town.clock.advance(1000);
  await delivered(first.id);

  // Its delivery is heard of before the answer to its handing over comes.
  town.on("messages.send", async (next) => {
    const answer = await next();
    town.on("messages.send", null);
    await delivered(answer.message.id);
    return answer;
  });
  const second = await send("second");
  town.clock.advance(1000);

  // It is sealed again and arrives while an older page is on its way.
  const third = await send("third");
  town.clock.advance(1000);
  town.fail(alice.account, third.id, "stale_key");
  await told.next("message", ({ message }) => message.state === "failed");
  town.on("messages.listMessages", async (next) => {
    const page = await next();
    town.on("messages.listMessages", null);
    await alice.client.messages.retry({ peer: bob.address, id: third.id });
    await delivered(third.id);
    return page;
  });
  await alice.client.messages.read({ peer: bob.address });
  const fourth = await send("fourth");
  await delivered(fourth.id);

  // What Bob names of it, Alice has: nothing is missing, nothing another.
  const answer = await bob.client.messages.send({ to: alice.address, text: "answer" });
  town.deliver(bob.account, answer.id);
  const { message } = await told.next("message", (event) => event.message.text === "answer");
  assert.deepEqual([message.missing, message.different], [[], []]);
  // And Alice's last one named all of them.
  bob.account.messages.splice(1, 2);
  const lacking = await bob.client.messages.read({ peer: alice.address });
  const last = lacking.messages.find(({ text }) => text === "fourth");
  assert.deepEqual(last?.missing, [second.id, third.id]);
});
