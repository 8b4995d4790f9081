import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, type StoredMessage } from "@keypears/api";
import {
  type Address,
  type Bytes,
  type Envelope,
  type NewKeySet,
  envelopeHash,
  makeId,
  seal,
} from "@keypears/protocol";
import { random } from "../testing/ports.ts";
import { type Person, Raw, Town } from "../testing/town.ts";

async function pair() {
  const town = new Town();
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@a.test");
  const write = async (text: string, options = {}) => {
    town.clock.advance(1000);
    return alice.client.messages.send({ to: bob.address, text, ...options });
  };
  const read = async (options = {}) =>
    (await bob.client.messages.read({ peer: alice.address, ...options })).messages;
  return { town, alice, bob, write, read };
}

/** The last message in somebody's mailbox, for a server to change. */
function last(of: Person): StoredMessage {
  return of.account.messages.at(-1) as StoredMessage;
}

function change(of: Person, fields: Partial<StoredMessage>): void {
  of.account.messages[of.account.messages.length - 1] = { ...last(of), ...fields };
}

function flipped(bytes: Bytes, at: number): never {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy as never;
}

/** What a server could do to a stored message, and what its reader says. */
const tampering: readonly [string, string, (envelope: Envelope, bob: Person) => object][] = [
  [
    "the signature",
    "signature",
    (e) => ({ envelope: { ...e, signature: flipped(e.signature, 9) } }),
  ],
  ["the box", "signature", (e) => ({ envelope: { ...e, box: flipped(e.box, 40) } })],
  ["the header", "encoding", (e) => ({ envelope: { ...e, header: e.header.slice(0, 50) } })],
  [
    "a key in the header",
    "recipient_key",
    (e) => ({ envelope: { ...e, header: flipped(e.header, 230) } }),
  ],
  ["the size", "size", (e) => ({ envelope: { ...e, box: e.box.slice(0, 100) } })],
  ["the id of the row", "id", () => ({ id: makeId(5, random(10)) })],
  ["the direction", "address", () => ({ direction: "sent" })],
  ["the time of arrival", "id_time", () => ({ receivedAt: 1000 })],
];
for (const [what, reason, fields] of tampering) {
  test(`a message of which the server changed ${what} is shown as unverified, unread: ${reason}`, async () => {
    const { bob, write, read } = await pair();
    await write("genuine");
    change(bob, fields(last(bob).envelope as Envelope, bob));
    const [message] = await read();
    assert.deepEqual(
      [message?.verified, message?.reason, message?.text, message?.type],
      [false, reason, null, "unreadable"],
    );
  });
}

test("a message that the server wrote in somebody's name is shown as unverified", async () => {
  const { town, alice, bob, write, read } = await pair();
  await write("genuine");
  const mallory = await town.person("mallory@a.test");
  const [forger, victim] = [mallory.account.sets[0], alice.account.sets[0]] as [
    NewKeySet,
    NewKeySet,
  ];
  for (const [keys, reason] of [
    [forger.publicKeys, "sender_key"],
    [victim.publicKeys, "signature"],
  ] as const) {
    const envelope = await seal({
      content: { type: "text", text: "send me money", after: [] },
      sender: {
        address: alice.address,
        keyNumber: 1,
        agreementKey: forger.agreement.privateKey,
        signingKey: forger.signing.privateKey,
        publicKeys: keys,
      },
      recipient: {
        address: bob.address,
        keyNumber: 1,
        agreementPublicKey: (bob.account.sets[0] as NewKeySet).publicKeys.agreement,
      },
      ...{ id: last(bob).id, sentAt: town.clock.time, deleteAfter: null, random },
    });
    change(bob, { envelope: { ...envelope, wraps: [] }, hash: await envelopeHash(envelope) });
    const [message] = await read();
    assert.deepEqual([message?.verified, message?.reason, message?.text], [false, reason, null]);
  }
});

test("one message that does not hold takes nothing from those around it", async () => {
  const { bob, write, read } = await pair();
  await write("one");
  await write("two");
  const envelope = last(bob).envelope as Envelope;
  change(bob, { envelope: { ...envelope, wraps: [], signature: flipped(envelope.signature, 3) } });
  await write("three");
  assert.deepEqual(
    (await read()).map(({ text, verified }) => [text, verified]),
    [
      ["one", true],
      [null, false],
      ["three", true],
    ],
  );
});

test("records are looked up once for a page, not once for a message", async () => {
  const { town, write, read } = await pair();
  for (let index = 0; index < 20; index++) await write(`message ${index}`);
  town.clock.advance(120_000);
  const before = town.calls.length;
  assert.equal((await read()).length, 20);
  const asked = town.calls.slice(before);
  assert.deepEqual(asked.toSorted(), [
    "directory.lookUp",
    "directory.lookUp",
    "messages.listMessages",
  ]);
});

test("messages under an earlier key set stay readable and genuine after rotations at both ends", async () => {
  const { town, alice, bob, write } = await pair();
  await write("first");
  await bob.client.messages.send({ to: alice.address, text: "second" });
  await town.addKeySet(alice.account, "rotation");
  await town.addKeySet(bob.account, "rotation");
  town.clock.advance(48 * 3_600_000);
  const [there, here] = [await town.device(bob.account), await town.device(alice.account)];
  await here.client.messages.send({ to: bob.address, text: "third" });
  const { messages } = await there.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text, verified, reason }) => [text, verified, reason]),
    [
      ["first", true, null],
      ["second", true, null],
      ["third", true, null],
    ],
  );
});

test("a message under a key set that is not on this device is genuine and locked", async () => {
  const { town, alice, bob, write } = await pair();
  await write("before");
  await town.addKeySet(bob.account, "rotation");
  town.clock.advance(61_000);
  await write("after");
  const { messages } = await bob.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ type, text, verified, reason }) => [type, text, verified, reason]),
    [
      ["text", "before", true, null],
      ["locked", null, true, "locked"],
    ],
  );
});

test("who writes under reset keys is not shown as genuine until the user has looked", async () => {
  const { town, alice, bob, write, read } = await pair();
  await write("before");
  await read();
  await town.addKeySet(alice.account, "reset");
  const elsewhere = await town.device(alice.account);
  town.clock.advance(61_000);
  await elsewhere.client.messages.send({ to: bob.address, text: "it is me" });
  const both = async () =>
    (await read()).map(({ text, verified, reason }) => [text, verified, reason]);
  assert.deepEqual(await both(), [
    ["before", true, null],
    ["it is me", false, "keys_reset"],
  ]);
  const { newest } = await bob.client.directory.lookUp(alice.address);
  await bob.client.directory.acknowledge(alice.address, newest);
  assert.deepEqual(await both(), [
    ["before", true, null],
    ["it is me", true, null],
  ]);
});

test("in a fork what was genuine stays so, and what needs the other keys is not", async () => {
  const { town, alice, bob, write, read } = await pair();
  await write("before");
  await read();
  Object.assign(alice.account, { published: [], sets: [] });
  await town.addKeySet(alice.account, "initial");
  await town.addKeySet(alice.account, "rotation");
  const forger = await town.device(alice.account);
  town.clock.advance(61_000);
  await forger.client.messages.send({ to: bob.address, text: "forged" });
  assert.deepEqual(
    (await read()).map(({ text, verified, reason }) => [text, verified, reason]),
    [
      ["before", true, null],
      [null, false, "keys_fork"],
    ],
  );
});

test("of somebody who is gone, what was known is still read by; where nothing was, the reason is said", async () => {
  const { town, alice, bob, write, read } = await pair();
  await write("hello");
  const newcomer = await town.device(bob.account);
  await read();
  town.clock.advance(3_600_000);
  town.on("directory.lookUp", async (next, { address }) => {
    if (address === alice.address) throw new ApiError("no_such_user");
    return next();
  });
  assert.deepEqual(
    (await read()).map(({ text, verified }) => [text, verified]),
    [["hello", true]],
  );
  const { messages } = await newcomer.client.messages.read({ peer: alice.address });
  assert.deepEqual(
    messages.map(({ text, verified, reason }) => [text, verified, reason]),
    [[null, false, "keys_unknown"]],
  );
});

test("the sender's time is shown where it is plausible, and only then", async () => {
  const { town, bob, write, read } = await pair();
  const sent = await write("hello");
  assert.equal((await read())[0]?.sentAt, sent.sentAt);
  assert.equal(sent.sentAt, town.clock.time);
  change(bob, { receivedAt: town.clock.time + 24 * 3_600_000 + 1 });
  assert.equal((await read())[0]?.sentAt, null);
});

test("a message is gone after its time, even where the server keeps it", async () => {
  const { town, bob, write, read } = await pair();
  const deleteAfter = town.clock.time + 3_600_000;
  const { id } = await write("soon gone", { deleteAfter });
  assert.deepEqual(
    [(await read())[0]?.text, (await read())[0]?.deleteAfter],
    ["soon gone", deleteAfter],
  );
  await write("next");
  town.clock.advance(3_600_000);
  const [gone, next] = await read();
  assert.deepEqual([gone?.id, gone?.type, gone?.text], [id, "erased", null]);
  assert.deepEqual([next?.missing, next?.different], [[], []]);
  bob.account.messages[0] = { ...(bob.account.messages[0] as StoredMessage), envelope: null };
  const [erased, after] = await read();
  assert.deepEqual([erased?.type, erased?.reason, after?.missing], ["erased", "erased", []]);
});

test("that the two ends were shown different messages is told", async () => {
  const { bob, write, read } = await pair();
  await write("first");
  const original = last(bob);
  const other = await write("another");
  await write("last");
  // In the place of the first, Bob's server shows the box of the second.
  const envelope = {
    ...(original.envelope as Envelope),
    box: last(bob).envelope?.box as Envelope["box"],
  };
  bob.account.messages[0] = { ...original, envelope: { ...envelope, wraps: [] } };
  const messages = await read();
  assert.deepEqual(messages[0]?.verified, false);
  assert.deepEqual(messages[1]?.different, [original.id]);
  assert.deepEqual(messages[2]?.different, [original.id]);
  assert.equal(messages[1]?.id, other.id);
});

test("what is not genuine is not named as seen", async () => {
  const { town, alice, bob, write, read } = await pair();
  await write("genuine");
  await write("genuine too");
  const { envelope } = last(bob);
  assert(envelope);
  change(bob, { envelope: { ...envelope, box: flipped(envelope.box, 40) } });
  assert.equal((await read())[1]?.verified, false);
  town.clock.advance(1000);
  await bob.client.messages.send({ to: alice.address, text: "reply" });
  const { messages } = await alice.client.messages.read({ peer: bob.address });
  assert.deepEqual(
    messages.map(({ text, missing, different }) => [text, missing, different]),
    ["genuine", "genuine too", "reply"].map((text) => [text, [], []]),
  );
});

test("pages lead back to the beginning, and what lies before a page is not taken for missing", async () => {
  const { bob, alice, write } = await pair();
  const written = Array.from({ length: 9 }, (_, index) => `message ${index}`);
  for (const text of written) await write(text);
  const texts: (string | null)[] = [];
  let before: number | undefined;
  for (let pages = 1; ; pages++) {
    const { messages, next } = await bob.client.messages.read({
      ...{ peer: alice.address, limit: 2 },
      ...(before === undefined ? {} : { before }),
    });
    texts.unshift(...messages.map(({ text }) => text));
    assert.deepEqual(
      messages.flatMap(({ missing }) => missing),
      [],
    );
    if (next === null) {
      assert.equal(pages, 5);
      break;
    }
    before = next;
  }
  assert.deepEqual(texts, written);
});

test("as many messages are read as are wanted, over several pages of the server", async () => {
  const { town, bob, alice, write } = await pair();
  for (let index = 0; index < 130; index++) await write(`message ${index}`);
  const before = town.count("messages.listMessages");
  const { messages, next } = await bob.client.messages.read({ peer: alice.address, limit: 1000 });
  assert.deepEqual([messages.length, messages[0]?.text, next], [130, "message 0", null]);
  assert.equal(town.count("messages.listMessages") - before, 2);
  const newest = await bob.client.messages.read({ peer: alice.address, limit: 120 });
  assert.deepEqual([newest.messages.length, newest.messages[0]?.text], [120, "message 10"]);
});

test("a server whose pages do not lead back, or hold what nobody asked for, is not followed", async () => {
  const { town, alice, bob, write } = await pair();
  for (let index = 0; index < 4; index++) await write(`message ${index}`);
  const [first, second] = bob.account.messages as [StoredMessage, StoredMessage];
  const peer = "eve@a.test" as Address;
  for (const [answer, reason] of [
    [{ messages: [first], next: 5 }, "next"],
    [{ messages: [], next: 3 }, "next"],
    [{ messages: [second, first], next: null }, "revision"],
    [{ messages: [first, first], next: null }, "revision"],
    [{ messages: [{ ...first, peer }], next: null }, "peer"],
    [{ messages: Array(51).fill(first), next: null }, "messages"],
  ] as const) {
    town.on("messages.listMessages", async () => answer);
    await assert.rejects(bob.client.messages.read({ peer: alice.address }), {
      code: "bad_answer",
      reason,
    });
  }
  town.on("messages.listMessages", async () => new Raw({ messages: "all", next: null }));
  await assert.rejects(bob.client.messages.read({ peer: alice.address }), { code: "bad_answer" });
});

test("conversations and requests come apart, with counts and the last message opened", async () => {
  const { town, alice, bob, write } = await pair();
  await write("one");
  await write("two");
  const { messages } = bob.client;
  assert.deepEqual((await messages.listConversations()).conversations, []);
  const [request] = (await messages.listRequests()).conversations;
  assert.deepEqual(
    [
      request?.peer,
      request?.waiting,
      request?.unread,
      request?.last?.text,
      request?.last?.verified,
    ],
    [alice.address, 2, 2, "two", true],
  );
  const accepted = await messages.accept(alice.address);
  assert.deepEqual([accepted.accepted, accepted.waiting], [true, 0]);
  assert.deepEqual((await messages.listRequests()).conversations, []);
  const read = await messages.markRead(alice.address, 2);
  assert.deepEqual([read.unread, read.readRevision], [0, 2]);
  await town
    .person("carol@a.test")
    .then((carol) => carol.client.messages.send({ to: bob.address, text: "from Carol" }));
  const declined = await messages.decline("carol@a.test" as Address);
  assert.deepEqual([declined.waiting, declined.last], [0, null]);
});

test("lists are paged, and a server that pages for ever is not followed", async () => {
  const { town, bob } = await pair();
  for (let index = 0; index < 5; index++) {
    const person = await town.person(`person${index}@a.test`);
    await bob.client.messages.send({ to: person.address, text: "hi" });
  }
  const first = await bob.client.messages.listConversations({ limit: 3 });
  const second = await bob.client.messages.listConversations({ limit: 3, before: first.next ?? 0 });
  assert.deepEqual(
    [...first.conversations, ...second.conversations].map(({ peer }) => peer),
    [4, 3, 2, 1, 0].map((index) => `person${index}@a.test`),
  );
  assert.equal(second.next, null);
  town.on("messages.listConversations", async (next) => {
    const { conversations } = await next();
    return { conversations: [...conversations, ...conversations], next: null };
  });
  await assert.rejects(bob.client.messages.listConversations({ limit: 1 }), {
    code: "bad_answer",
    reason: "conversations",
  });
  town.on("messages.listConversations", async (next) => {
    const { conversations } = await next();
    const [one, two] = conversations;
    assert(one && two);
    return { conversations: [{ ...one, lastMessage: two.lastMessage }], next: null };
  });
  await assert.rejects(bob.client.messages.listConversations(), {
    code: "bad_answer",
    reason: "peer",
  });
  town.on("messages.listConversations", async (next) => ({ ...(await next()), next: 3 }));
  await assert.rejects(bob.client.messages.listConversations({ before: 3 }), {
    code: "bad_answer",
    reason: "next",
  });
});

test("search finds text in every conversation, whatever the case, the newest first", async () => {
  const { town, alice, bob, write } = await pair();
  const carol = await town.person("carol@a.test");
  await write("The PEAR tree");
  for (let index = 0; index < 120; index++) await write(`filler ${index}`);
  await write("ﬁne pears, Straße");
  await carol.client.messages.send({ to: bob.address, text: "a pear from Carol" });
  await bob.client.messages.send({ to: alice.address, text: "no fruit" });
  const found = async (text: string, peer?: Address) => {
    const texts: (string | null)[] = [];
    const options = peer === undefined ? { text } : { text, peer };
    for await (const hit of bob.client.messages.search(options)) texts.push(hit.text);
    return texts;
  };
  assert.deepEqual(await found("pear"), [
    "ﬁne pears, Straße",
    "The PEAR tree",
    "a pear from Carol",
  ]);
  assert.deepEqual(await found("fine"), ["ﬁne pears, Straße"]);
  assert.deepEqual(await found("PEAR", carol.address), ["a pear from Carol"]);
  assert.deepEqual(await found("apple"), []);
  assert.deepEqual(await found(""), []);
});
