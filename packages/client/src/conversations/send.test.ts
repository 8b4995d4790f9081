import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, type ErrorCode } from "@keypears/api";
import {
  type Address,
  type Challenge,
  type Domain,
  type Id,
  addressSubject,
  equalBytes,
  makeId,
} from "@keypears/protocol";
import { ClientError, type ClientErrorCode } from "../errors.ts";
import { isPause } from "../testing/clock.ts";
import { random } from "../testing/ports.ts";
import { type Person, Town } from "../testing/town.ts";

async function pair() {
  const town = new Town();
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@a.test");
  const send = (text: string, options = {}) =>
    alice.client.messages.send({ to: bob.address, text, ...options });
  return { town, alice, bob, send };
}

async function texts(reader: Person, peer: Person): Promise<(string | null)[]> {
  const page = await reader.client.messages.read({ peer: peer.address, limit: 200 });
  return page.messages.map(({ text }) => text);
}

const failsBy = (code: ClientErrorCode, reason?: string) => (error: unknown) => {
  assert(error instanceof ClientError, String(error));
  assert.equal(error.code, code);
  if (reason !== undefined) assert.equal(error.reason, reason);
  return true;
};

test("a message arrives, opens at both ends, and counts as genuine at both", async () => {
  const { alice, bob, send } = await pair();
  const text = "Grüße — 你好 🍐\n two lines\n";
  const sent = await send(text);
  assert.deepEqual(
    [sent.text, sent.direction, sent.from, sent.to, sent.verified, sent.state, sent.reason],
    [text, "sent", alice.address, bob.address, true, "delivered", null],
  );
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map((message) => [message.text, message.direction, message.from, message.verified]),
    [[text, "received", alice.address, true]],
  );
});

test("50 messages at once all arrive, once each, in the order in which they were written", async () => {
  const { alice, bob, send } = await pair();
  const written = Array.from({ length: 50 }, (_, index) => `message ${index}`);
  const acknowledged: (string | null)[] = [];
  await Promise.all(written.map(async (text) => acknowledged.push((await send(text)).text)));
  assert.deepEqual(acknowledged, written);
  assert.deepEqual(await texts(bob, alice), written);
  assert.deepEqual(await texts(alice, bob), written);
});

test("a message whose work takes longer is not overtaken by the next one", async () => {
  const { alice, bob, send } = await pair();
  const { promise: long, resolve: ready } = Promise.withResolvers<void>();
  alice.miner.before = async () => {
    if (alice.miner.jobs === 1) await long;
  };
  const first = send("first");
  const second = send("second");
  while (alice.miner.jobs < 2) await new Promise((resolve) => setImmediate(resolve));
  ready();
  await Promise.all([first, second]);
  assert.deepEqual(await texts(bob, alice), ["first", "second"]);
});

for (const [asked, name] of [
  ["who has which keys", "directory.lookUp"],
  ["for a challenge", "messages.requestChallenge"],
] as const) {
  test(`a server that is away for a moment while it is asked ${asked} costs nobody a message; one that stays away is named soon`, async () => {
    const { town, alice, bob, send } = await pair();
    town.clock.skips = isPause;
    let failures = 2;
    town.on(name, (next) => {
      if (failures-- > 0) throw new ClientError("unreachable");
      return next();
    });
    await send("over a break");
    assert.deepEqual(await texts(bob, alice), ["over a break"]);
    failures = Infinity;
    // Old enough to be asked for anew.
    town.clock.advance(3_600_000);
    const since = town.clock.now();
    await assert.rejects(send("into nothing"), failsBy("unreachable"));
    assert(town.clock.now() - since < 5_000);
  });
}

test("a message that is given up makes way for the next one", async () => {
  const { alice, bob, send } = await pair();
  const stop = new AbortController();
  alice.miner.before = async () => {
    if (alice.miner.jobs === 1) stop.abort(new Error("given up"));
  };
  const first = send("first", { signal: stop.signal });
  const second = send("second");
  await assert.rejects(first, { message: "given up" });
  await second;
  assert.deepEqual(await texts(bob, alice), ["second"]);
});

test("when the connection breaks before or after the server has stored it, a message arrives once", async () => {
  for (const stored of [false, true]) {
    const { town, alice, bob, send } = await pair();
    town.clock.skips = isPause;
    const envelopes: { header: Uint8Array; box: Uint8Array }[] = [];
    town.on("messages.send", async (next, { envelope }) => {
      envelopes.push(envelope);
      if (envelopes.length > 2) return next();
      if (stored) await next();
      throw new ClientError("unreachable");
    });
    const sent = await send("once");
    assert.equal(sent.text, "once");
    assert.equal(envelopes.length, 3);
    const [first, ...others] = envelopes;
    for (const other of others) {
      assert(equalBytes(other.header, first?.header as Uint8Array), "the same envelope again");
      assert(equalBytes(other.box, first?.box as Uint8Array));
    }
    assert.deepEqual(await texts(bob, alice), ["once"]);
  }
});

test("a message that failed is tried again under its id, and arrives once whether or not it had arrived", async () => {
  for (const stored of [false, true]) {
    const { town, alice, bob, send } = await pair();
    town.clock.skips = isPause;
    const id = makeId(town.clock.time, random(10));
    town.on("messages.send", async (next) => {
      if (stored) await next();
      throw new ClientError("unreachable");
    });
    await assert.rejects(send("once", { id }), failsBy("unreachable"));
    town.on("messages.send", null);
    const sent = await send("once", { id });
    assert.deepEqual([sent.id, sent.text, sent.verified], [id, "once", true]);
    assert.deepEqual(await texts(bob, alice), ["once"]);
  }
});

/** Refuses the first hand-overs by these codes, one each, and keeps what it was given. */
function refusing(town: Town, codes: readonly (readonly [ErrorCode, string?])[]) {
  const given: { header: Uint8Array; seed: Uint8Array }[] = [];
  town.on("messages.send", async (next, { envelope, solution }) => {
    given.push({ header: envelope.header, seed: solution.challenge.seed });
    const refusal = codes[given.length - 1];
    if (refusal === undefined) return next();
    const [code, reason] = refusal;
    throw new ApiError(code, reason === undefined ? {} : { reason });
  });
  return given;
}

const spent: readonly (readonly [ErrorCode, string?])[] = [
  ["new_challenge"],
  ["work_spent"],
  ["work_refused", "expired"],
  ["work_refused", "purpose"],
];
for (const refusal of spent) {
  const [code, reason = ""] = refusal;
  test(`after ${code} ${reason} the same message is paid for once more, by other work, and only once`, async () => {
    const { town, alice, bob, send } = await pair();
    const given = refusing(town, [refusal]);
    await send("hello");
    assert.equal(given.length, 2);
    assert(equalBytes(given[0]?.header as Uint8Array, given[1]?.header as Uint8Array));
    assert(!equalBytes(given[0]?.seed as Uint8Array, given[1]?.seed as Uint8Array));
    assert.deepEqual(await texts(bob, alice), ["hello"]);
    refusing(town, [refusal, refusal]);
    await assert.rejects(send("again"), { code });
    assert.deepEqual(await texts(bob, alice), ["hello"]);
  });
}

for (const code of ["stale_key", "stale_sender_key"] as const) {
  test(`after ${code} a message is sealed again, with work of its own, and only once`, async () => {
    const { town, alice, bob, send } = await pair();
    const given = refusing(town, [[code]]);
    await send("hello");
    assert.equal(given.length, 2);
    assert(!equalBytes(given[0]?.header as Uint8Array, given[1]?.header as Uint8Array));
    assert(!equalBytes(given[0]?.seed as Uint8Array, given[1]?.seed as Uint8Array));
    assert.deepEqual(await texts(bob, alice), ["hello"]);
    refusing(town, [[code], [code]]);
    await assert.rejects(send("again"), { code });
  });
}

test("a recipient who rotates while the work is done gets the message under the new key", async () => {
  const { town, alice, bob, send } = await pair();
  await send("before");
  alice.miner.before = async () => {
    alice.miner.before = async () => {};
    await town.addKeySet(bob.account, "rotation");
    // A day later no server takes the old key any more.
    town.clock.advance(25 * 3_600_000);
  };
  await send("after");
  const elsewhere = await town.device(bob.account);
  assert.deepEqual(await texts(elsewhere, alice), ["before", "after"]);
});

test("a sender whose other device rotated cannot write with the old key, and is asked for the password", async () => {
  const { town, alice, send } = await pair();
  await send("before");
  await town.addKeySet(alice.account, "rotation");
  town.clock.advance(2 * 3_600_000);
  await assert.rejects(send("after"), failsBy("locked"));
});

test("nothing is sent to somebody whose keys were reset, until the user has looked at the new ones", async () => {
  const { town, alice, bob, send } = await pair();
  await send("before");
  await town.addKeySet(bob.account, "reset");
  town.clock.advance(3_600_000);
  await assert.rejects(send("after"), failsBy("keys_reset"));
  assert.equal(town.count("messages.send"), 1);
  const contact = await alice.client.directory.lookUp(bob.address);
  assert.equal(contact.state, "reset");
  await alice.client.directory.acknowledge(bob.address, contact.newest);
  await send("now");
  assert.equal(town.count("messages.send"), 2);
});

test("a reset that happens after the last look-up is noticed before anything is sealed", async () => {
  const { town, bob, send } = await pair();
  await send("before");
  await town.addKeySet(bob.account, "reset");
  // The records in memory are seconds old; the challenge names a newer one.
  await assert.rejects(send("after"), failsBy("keys_reset"));
  assert.equal(town.count("messages.send"), 1);
});

/** What a server could ask work for instead. */
const swindles: readonly [string, string, (challenge: Challenge) => Partial<Challenge>][] = [
  ["another domain", "domain", () => ({ domain: "b.test" as Domain })],
  ["another purpose", "purpose", () => ({ purpose: "login" })],
  ["another pair", "subject", () => ({ subject: addressSubject("x@a.test" as Address) })],
  ["another algorithm", "algorithm", () => ({ algorithm: "pow6" })],
];
for (const [what, reason, change] of swindles) {
  test(`no work is done for a challenge of ${what}`, async () => {
    const { town, alice, send } = await pair();
    town.on("messages.requestChallenge", async (next) => {
      const answer = await next();
      return { ...answer, challenge: { ...answer.challenge, ...change(answer.challenge) } };
    });
    await assert.rejects(send("hello"), failsBy("challenge_refused", reason));
    assert.equal(alice.miner.jobs, 0);
  });
}

test("no work is done above the ceiling without asking, and it is done when the user agrees", async () => {
  const { town, alice, bob } = await pair();
  const dear = await town.device(alice.account, { ceilings: { "first-contact": 1599 } });
  const message = { to: bob.address, text: "hello" };
  await assert.rejects(dear.client.messages.send(message), (error) => {
    assert(error instanceof ClientError);
    assert.deepEqual(
      [error.code, error.reason, error.difficulty],
      ["too_expensive", "first-contact", 1600],
    );
    return true;
  });
  assert.equal(dear.miner.jobs, 0);
  await dear.client.messages.send({ ...message, ceiling: 1600 });
});

test("a challenge that names a record which nobody publishes is refused", async () => {
  const { town, send } = await pair();
  for (const recipientKey of [
    { number: 2, hash: random(32) },
    { number: 1, hash: random(32) },
  ]) {
    town.on("messages.requestChallenge", async (next) => ({ ...(await next()), recipientKey }));
    await assert.rejects(send("hello"), failsBy("challenge_refused", "recipientKey"));
  }
  assert.equal(town.count("messages.send"), 0);
});

test("a server that acknowledges another message than was sent is not believed", async () => {
  const { town, bob, send } = await pair();
  await send("first");
  town.on("messages.send", async (next) => {
    const { message } = await next();
    return { message: { ...message, id: makeId(town.clock.time, random(10)) } };
  });
  await assert.rejects(send("second"), failsBy("bad_answer", "message"));
  town.on("messages.send", async (next) => {
    const { message } = await next();
    return { message: { ...message, peer: "eve@a.test" as Address } };
  });
  await assert.rejects(send("third"), failsBy("bad_answer", "message"));
  assert.equal(bob.account.messages.length, 3);
});

test("a sender knows the messages that the recipient's server withholds, and the recipient is told", async () => {
  const { town, alice, bob, send } = await pair();
  const ids: Id[] = [];
  for (let index = 0; index < 6; index++) {
    ids.push((await send(`message ${index}`)).id);
    town.clock.advance(1000);
  }
  // Bob's server drops the third message.
  const [dropped] = bob.account.messages.splice(2, 1);
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text, missing }) => [text, missing]),
    [
      ["message 0", []],
      ["message 1", []],
      ["message 3", [dropped?.id]],
      ["message 4", [dropped?.id]],
      ["message 5", [dropped?.id]],
    ],
  );
  assert.equal(dropped?.id, ids[2]);
  // What she answers names what she saw: nothing that she did not.
  await bob.client.messages.send({ to: alice.address, text: "reply" });
  const atAlice = await alice.client.messages.read({ peer: bob.address });
  assert.deepEqual(
    atAlice.messages.map(({ missing, different }) => [missing.length, different.length]),
    Array.from({ length: 7 }, () => [0, 0]),
  );
});

test("a device that has read nothing yet names the last messages all the same", async () => {
  const { town, alice, bob, send } = await pair();
  const first = await send("first");
  const elsewhere = await town.device(alice.account);
  town.clock.advance(1000);
  await elsewhere.client.messages.send({ to: bob.address, text: "second" });
  bob.account.messages.splice(0, 1);
  // History begins with "second" here, so the first does not count; with something before it, it does.
  const [seen] = (await bob.client.messages.read({ peer: alice.address })).messages;
  assert.deepEqual([seen?.text, seen?.missing], ["second", []]);
  assert.notEqual(first.id, seen?.id);
});

test("a text as long as a message can be is sent, and one byte more is refused", async () => {
  const { alice, bob, send } = await pair();
  await send("before");
  const room = 65_535 - JSON.stringify({ type: "text", text: "", after: [] }).length;
  const long = "x".repeat(room);
  await send(long);
  assert.deepEqual(await texts(bob, alice), ["before", long]);
  await assert.rejects(send(`${long}x`), failsBy("message_too_long"));
});

test("what cannot be sent is refused before anything is asked of the server", async () => {
  const { town, alice, send } = await pair();
  const before = town.calls.length;
  await assert.rejects(
    alice.client.messages.send({ to: alice.address, text: "me" }),
    failsBy("same_address"),
  );
  await assert.rejects(send("\ud800"), failsBy("message_text"));
  await assert.rejects(
    send("soon gone", { deleteAfter: town.clock.time + 59_999 }),
    failsBy("delete_after"),
  );
  assert.equal(town.calls.length, before);
});

test("work that was done ahead is used for one message, and the next has its own", async () => {
  const { town, alice, bob, send } = await pair();
  const parts: number[] = [];
  const prepared = await alice.client.messages.prepare({
    to: bob.address,
    onProgress: (progress) => parts.push(progress.parts),
  });
  assert.deepEqual(parts, [0, 0, ...Array.from({ length: 16 }, (_, index) => index + 1)]);
  await send("at once", { prepared });
  assert.equal(alice.miner.jobs, 1);
  assert.equal(town.count("messages.requestChallenge"), 1);
  // Used up: the server says so, and other work is done by itself.
  await send("again", { prepared });
  assert.equal(alice.miner.jobs, 2);
  assert.deepEqual(await texts(bob, alice), ["at once", "again"]);
});

test("a quote says what the next message costs, and what it is for", async () => {
  const { alice, bob } = await pair();
  const before = await alice.client.messages.quote(bob.address);
  assert.deepEqual([before.purpose, before.difficulty], ["first-contact", 1600]);
  await bob.client.messages.send({ to: alice.address, text: "hello" });
  assert.equal((await alice.client.messages.quote(bob.address)).purpose, "message");
});

test("a clock that is wrong is named as the reason", async () => {
  const { town, send } = await pair();
  town.on("messages.requestChallenge", async () => {
    throw new ApiError("request_refused", { reason: "time" });
  });
  await assert.rejects(send("hello"), failsBy("clock"));
  town.on("messages.requestChallenge", null);
  town.on("messages.send", async () => {
    throw new ApiError("message_refused", { reason: "sent_time" });
  });
  await assert.rejects(send("hello"), failsBy("clock"));
});

test("a server that is busy is asked again after the time that it names", async () => {
  const { town, alice, bob, send } = await pair();
  let busy = 2;
  town.on("messages.send", async (next) => {
    if (busy-- > 0) throw new ApiError("busy", { retryAfter: 3 });
    return next();
  });
  const sending = send("hello");
  assert.equal(await town.clock.skip((length) => length === 3000), 3000);
  assert.equal(await town.clock.skip((length) => length === 3000), 3000);
  await sending;
  assert.deepEqual(await texts(bob, alice), ["hello"]);
});
