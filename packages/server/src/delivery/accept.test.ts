import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError, type ErrorCode } from "@keypears/api";
import {
  type Bytes,
  type Envelope,
  type Signature,
  encodeHeader,
  hashRecord,
  idBytes,
  makeId,
  pairSubject,
  parseHeader,
  parseRecord,
  publishedKeys,
} from "@keypears/protocol";
import { listChanges } from "../procedures/messages/list-changes.ts";
import { listMessages } from "../procedures/messages/list-messages.ts";
import {
  type Person,
  type TestServer,
  addKeySet,
  addPerson,
  callOf,
  challengeFor,
  hand,
  openTestServer,
  pack,
  random,
  sealTo,
  solve,
  stranger,
  write,
} from "../testing/people.ts";
import { accept } from "./accept.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** That a call is refused, with this code and reason. */
function refuses(call: Promise<unknown>, code: ErrorCode, reason?: string): Promise<void> {
  return assert.rejects(call, (error) => {
    assert(error instanceof ApiError, String(error));
    assert.deepEqual([error.code, error.reason], [code, reason]);
    return true;
  });
}

async function startOfTwo(t: TestContext) {
  const server = await openTestServer(t);
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  return { server, alice, bob };
}

async function mailbox({ context }: TestServer, owner: Person, peer: Person) {
  const input = { peer: peer.address, limit: 100 };
  return (await listMessages(context, callOf(owner), input)).messages;
}

async function nothingStored(server: TestServer): Promise<void> {
  for (const table of ["messages", "accepted_messages", "conversations", "claims"] as const) {
    const rows = await server.context.store.db.selectFrom(table).selectAll().execute();
    assert.deepEqual(rows, [], table);
  }
}

function flip(bytes: Bytes, at: number): Bytes {
  const copy = bytes.slice();
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
}

test("a message is in both mailboxes, whole, with the same hash and time", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const parcel = await pack(server, alice, bob);
  const answer = await hand(server, alice, parcel);
  const [sent] = await mailbox(server, alice, bob);
  const [received] = await mailbox(server, bob, alice);
  assert.deepEqual(answer, sent);
  assert.deepEqual(sent?.envelope, parcel.envelope);
  assert.deepEqual(received?.envelope, parcel.envelope);
  assert.deepEqual([sent?.direction, received?.direction], ["sent", "received"]);
  assert.deepEqual([sent?.peer, received?.peer], [bob.address, alice.address]);
  assert.deepEqual(sent?.hash, received?.hash);
  assert.deepEqual(
    [sent?.receivedAt, received?.receivedAt],
    [server.clock.time, server.clock.time],
  );
  assert.deepEqual([sent?.state, received?.state], ["delivered", "delivered"]);
});

test("nobody sends in another's name: a session's address is the header's sender, or nothing is stored", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const mallory = await addPerson(server, "mallory@a.test");
  const parcel = await pack(server, alice, bob);
  await refuses(hand(server, mallory, parcel), "wrong_sender");
  await nothingStored(server);
  // The replay of what was sent already is no way in either.
  await hand(server, alice, parcel);
  await refuses(hand(server, mallory, parcel), "wrong_sender");
  assert.deepEqual(await mailbox(server, mallory, bob), []);
});

test("who has another's session still needs their signing key", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const thief = await stranger("alice@a.test");
  const solution = await solve(await challengeFor(server, alice, bob));
  const own = await sealTo(thief, bob, server.clock.time);
  await refuses(hand(server, alice, { envelope: own, solution }), "message_refused", "sender_key");
  const genuine = await sealTo(alice, bob, server.clock.time);
  const signature = own.signature;
  await refuses(
    hand(server, alice, { envelope: { ...genuine, signature }, solution }),
    "message_refused",
    "signature",
  );
  await nothingStored(server);
});

test("an envelope changed in any part is refused, and its solution is still good for the genuine one", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { envelope, solution } = await pack(server, alice, bob);
  const changed: [Partial<Envelope>, string][] = [
    [{ signature: flip(envelope.signature, 10) as Signature }, "signature"],
    [{ box: flip(envelope.box, 20) as Envelope["box"] }, "signature"],
    [{ box: envelope.box.slice(0, 200) as Envelope["box"] }, "size"],
    // The last byte of the salt.
    [{ header: flip(envelope.header, envelope.header.length - 1) }, "signature"],
    [{ header: envelope.header.slice(0, -1) }, "encoding"],
    [{ header: flip(envelope.header, 29) }, "suite"],
  ];
  for (const [change, reason] of changed) {
    const altered = { envelope: { ...envelope, ...change }, solution };
    await refuses(hand(server, alice, altered), "message_refused", reason);
  }
  await nothingStored(server);
  await hand(server, alice, { envelope, solution });
});

test("a message to oneself, to another domain or to nobody is refused by name", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { solution } = await pack(server, alice, bob);
  const elsewhere = await stranger("carol@b.test");
  const nobody = await stranger("nobody@a.test");
  const { time } = server.clock;
  for (const [to, code] of [
    [elsewhere, "federation_unavailable"],
    [nobody, "no_such_user"],
  ] as const) {
    const parcel = { envelope: await sealTo(alice, to, time), solution };
    await refuses(hand(server, alice, parcel), code);
    await refuses(challengeFor(server, alice, to), code);
  }
  await refuses(challengeFor(server, alice, alice), "same_address");
  const envelope = await sealTo(alice, bob, time);
  const header = parseHeader(envelope.header);
  assert(header);
  const toSelf = { ...envelope, header: encodeHeader({ ...header, recipient: alice.address }) };
  await refuses(hand(server, alice, { envelope: toSelf, solution }), "same_address");
  await nothingStored(server);
});

test("a challenge is given to the sender alone, who signs for it now", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const thief = await stranger("alice@a.test");
  const stolen = { ...thief, session: alice.session };
  await refuses(challengeFor(server, stolen, bob), "request_refused", "signature");
  const early = { ...server, clock: { time: server.clock.time - 5 * MINUTE - 1 } };
  await refuses(challengeFor(early, alice, bob), "request_refused", "time");
  const late = { ...server, clock: { time: server.clock.time + 5 * MINUTE + 1 } };
  await refuses(challengeFor(late, alice, bob), "request_refused", "time");
});

test("a solution for another pair, purpose, server or price is worth nothing, nor one that is forged or too late", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { context, clock } = server;
  const carol = await addPerson(server, "carol@a.test");
  const envelope = await sealTo(alice, bob, clock.time);
  const domain = context.config.domain;
  const subject = pairSubject(alice.address, bob.address);
  const issue = (change: object) =>
    context.proof.issue({ domain, purpose: "first-contact", subject, difficulty: 16, ...change });
  const good = await issue({});
  const cases = [
    [await challengeFor(server, alice, carol), "subject"],
    [await challengeFor(server, bob, alice), "subject"],
    [await issue({ purpose: "login" }), "purpose"],
    // The price of a conversation, which is not one yet.
    [await issue({ purpose: "message" }), "purpose"],
    [await issue({ domain: "b.test" }), "domain"],
    [{ ...good, difficulty: 1 }, "forged"],
    [{ ...good, expiresAt: good.expiresAt + 1 }, "forged"],
    [{ ...good, random: random(16) }, "forged"],
  ] as const;
  for (const [challenge, reason] of cases) {
    const solution = await solve(challenge);
    await refuses(hand(server, alice, { envelope, solution }), "work_refused", reason);
  }
  // The work is looked at last of all: what else is wrong is told to those too who did none.
  const idle = Array.from({ length: 16 }, () => random(32));
  const unmined = {
    challenge: await issue({ purpose: "message", difficulty: 2 ** 50 }),
    nonces: idle,
  };
  await refuses(hand(server, alice, { envelope, solution: unmined }), "work_refused", "purpose");
  const dear = await issue({ difficulty: 160_000 });
  const solution = await solve({ ...dear, difficulty: 16 });
  const lazy = { ...solution, challenge: dear };
  await refuses(hand(server, alice, { envelope, solution: lazy }), "work_refused", "work");
  const waited = await solve(good);
  clock.time = good.expiresAt + 1;
  await refuses(hand(server, alice, { envelope, solution: waited }), "work_refused", "expired");
  await nothingStored(server);
});

test("in a conversation the cheaper price is enough, and the dearer one is taken too", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  assert.equal((await challengeFor(server, alice, bob)).purpose, "first-contact");
  const early = await solve(await challengeFor(server, alice, bob));
  await write(server, bob, alice);
  const challenge = await challengeFor(server, alice, bob);
  assert.deepEqual([challenge.purpose, challenge.difficulty], ["message", 16]);
  const { time } = server.clock;
  const solution = await solve(challenge);
  await hand(server, alice, { envelope: await sealTo(alice, bob, time), solution });
  await hand(server, alice, { envelope: await sealTo(alice, bob, time), solution: early });
  assert.equal((await mailbox(server, bob, alice)).length, 3);
});

test("a conversation that ends while a message is being judged no longer gives its price", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  await write(server, bob, alice);
  const parcel = await pack(server, alice, bob);
  const { store } = server.context;
  const transaction = store.transaction.bind(store);
  store.transaction = async (work) => {
    await transaction((tx) => tx.updateTable("conversations").set({ accepted: 0 }).execute());
    return transaction(work);
  };
  await refuses(hand(server, alice, parcel), "work_refused", "purpose");
  assert.equal((await mailbox(server, bob, alice)).length, 1);
});

test("a set that was rotated away sends for less than an hour and is written to for a day; after a reset not at all", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { clock } = server;
  await write(server, bob, alice);
  const start = clock.time;
  await addKeySet(server, alice, "rotation", start + MINUTE);
  await addKeySet(server, bob, "rotation", start + MINUTE);

  clock.time = start + MINUTE + HOUR - 1;
  await write(server, alice, bob, { senderSet: 1 });
  await write(server, alice, bob, { recipientSet: 1 });
  clock.time = start + MINUTE + HOUR;
  await refuses(write(server, alice, bob, { senderSet: 1 }), "stale_sender_key");
  clock.time = start + MINUTE + 24 * HOUR;
  await write(server, alice, bob, { recipientSet: 1 });
  clock.time++;
  await refuses(write(server, alice, bob, { recipientSet: 1 }), "stale_key");

  await addKeySet(server, alice, "reset", clock.time);
  await refuses(write(server, alice, bob, { senderSet: 2 }), "stale_sender_key");
  await refuses(write(server, bob, alice, { recipientSet: 2 }), "stale_key");
  await write(server, alice, bob);
});

test("a key set that is reset while a message is being judged has its effect on that message", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const parcel = await pack(server, alice, bob);
  const { store } = server.context;
  const transaction = store.transaction.bind(store);
  let interrupted = false;
  store.transaction = async (work) => {
    if (!interrupted) {
      interrupted = true;
      await addKeySet(server, alice, "reset", server.clock.time);
    }
    return transaction(work);
  };
  await refuses(hand(server, alice, parcel), "stale_sender_key");
  await nothingStored(server);
});

test("the same message ten times over, at once or one after another, is one message with one answer", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const parcel = await pack(server, alice, bob);
  const answers = await Promise.all(Array.from({ length: 10 }, () => hand(server, alice, parcel)));
  server.clock.time += HOUR;
  for (let repeat = 0; repeat < 10; repeat++) answers.push(await hand(server, alice, parcel));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal((await mailbox(server, alice, bob)).length, 1);
  assert.equal((await mailbox(server, bob, alice)).length, 1);
  const { revision } = await listChanges(server.context, callOf(bob), { after: 0 });
  assert.equal(revision, 1);
});

test("a repeat is answered without another look at its work, however that has aged", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { envelope, solution } = await pack(server, alice, bob);
  const first = await hand(server, alice, { envelope, solution });
  server.clock.time += 24 * HOUR;
  const nonces = solution.nonces.map(() => random(32));
  const challenge = { ...solution.challenge, keyId: "gone", seed: random(32) };
  const again = await hand(server, alice, { envelope, solution: { challenge, nonces } });
  assert.deepEqual(again, first);
});

test("a repeat with another valid signature is the same message: a signature is not what it is known by", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { envelope, solution } = await pack(server, alice, bob);
  const first = await hand(server, alice, { envelope, solution });
  const other = { ...envelope, signature: random(64) as Signature };
  assert.deepEqual(await hand(server, alice, { envelope: other, solution }), first);
});

test("an id that is taken is not taken again by another content, and another sender's same id is nobody's concern", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const carol = await addPerson(server, "carol@a.test");
  const id = makeId(server.clock.time, random(10));
  const sent = await write(server, alice, bob, { id, text: "one" });
  await refuses(write(server, alice, bob, { id, text: "two" }), "id_conflict");
  assert.deepEqual(await mailbox(server, alice, bob), [sent]);
  await write(server, carol, bob, { id });
  await write(server, alice, carol, { id });
  await write(server, bob, alice, { id });
  assert.equal((await mailbox(server, bob, alice)).length, 2);
});

test("of two messages of one id that come at once, one is stored and the other told of the conflict", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const id = makeId(server.clock.time, random(10));
  const parcels = [
    await pack(server, alice, bob, { id, text: "one" }),
    await pack(server, alice, bob, { id, text: "two" }),
  ];
  const results = await Promise.allSettled(parcels.map((parcel) => hand(server, alice, parcel)));
  assert.deepEqual(codesOf(results), ["id_conflict", "stored"]);
  assert.equal((await mailbox(server, bob, alice)).length, 1);
});

function codesOf(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results
    .map((result) => (result.status === "fulfilled" ? "stored" : (result.reason as ApiError).code))
    .toSorted();
}

test("one solution pays for one message: of ten at once one is stored, and none later", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { solution } = await pack(server, alice, bob);
  const envelopes = await Promise.all(
    Array.from({ length: 10 }, () => sealTo(alice, bob, server.clock.time)),
  );
  const results = await Promise.allSettled(
    envelopes.map((envelope) => hand(server, alice, { envelope, solution })),
  );
  assert.deepEqual(
    codesOf(results),
    ["stored", ...Array.from({ length: 9 }, () => "work_spent")].toSorted(),
  );
  const late = { envelope: await sealTo(alice, bob, server.clock.time), solution };
  await refuses(hand(server, alice, late), "work_spent");
  server.clock.time += HOUR;
  await refuses(hand(server, alice, late), "work_spent");
  assert.equal((await mailbox(server, bob, alice)).length, 1);
});

test("50 messages that one sender sends at once are 50, in the order in which they are acknowledged, without a gap", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  await write(server, bob, alice);
  const parcels = [];
  for (let index = 0; index < 50; index++) parcels.push(await pack(server, alice, bob));
  const acknowledged: number[] = [];
  await Promise.all(
    parcels.map(async (parcel) => {
      acknowledged.push((await hand(server, alice, parcel)).revision);
    }),
  );
  const expected = Array.from({ length: 50 }, (_, index) => index + 2);
  assert.deepEqual(acknowledged, expected);
  for (const [owner, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const messages = (await mailbox(server, owner, peer)).slice(1);
    assert.deepEqual(
      messages.map((message) => message.revision),
      expected,
    );
  }
  const ids = async (owner: Person, peer: Person) =>
    (await mailbox(server, owner, peer)).map((message) => message.id);
  assert.deepEqual(await ids(alice, bob), await ids(bob, alice));
});

test("a message whose times are not plausible, or which has outlived its own end, is refused", async (t) => {
  const { server, alice, bob } = await startOfTwo(t);
  const { time } = server.clock;
  const ahead = time + 5 * MINUTE + 1;
  await refuses(
    write(server, alice, bob, { id: makeId(ahead, random(10)) }),
    "message_refused",
    "id_time",
  );
  await refuses(write(server, alice, bob, { sentAt: ahead }), "message_refused", "sent_time");
  const parcel = await pack(server, alice, bob, { deleteAfter: time + MINUTE });
  server.clock.time += MINUTE + 1;
  await refuses(hand(server, alice, parcel), "message_refused", "expired");
  await nothingStored(server);
});

test("a message from a sender of another server leaves one copy here, once", async (t) => {
  const { server, bob } = await startOfTwo(t);
  const { context, clock } = server;
  const carol = await stranger("carol@b.test");
  const [record] = carol.records as [Bytes];
  const parsed = parseRecord(record);
  assert(parsed);
  const hash = await hashRecord(record);
  const published = publishedKeys([{ ...parsed, bytes: record, hash }]);
  const challenge = await context.proof.issue({
    domain: context.config.domain,
    purpose: "first-contact",
    subject: pairSubject(carol.address, bob.address),
    difficulty: 16,
  });
  const envelope = await sealTo(carol, bob, clock.time);
  const header = parseHeader(envelope.header);
  assert(header);
  const author = async () => ({ address: carol.address, keys: published, mailbox: null });
  const arrival = { envelope, header, solution: await solve(challenge), author };
  const nothingOwn = { copy: null, sentRevision: null };
  const { copy, sentRevision } = await accept(context, arrival);
  assert.deepEqual({ copy, sentRevision }, nothingOwn);
  assert.deepEqual(await accept(context, arrival), nothingOwn);
  const rows = await context.store.db.selectFrom("messages").selectAll().execute();
  assert.deepEqual(
    rows.map((row) => [row.account_id, row.peer, row.direction]),
    [[bob.session.accountId, carol.address, "received"]],
  );
  assert.deepEqual(rows[0]?.id, idBytes(header.id));
});
