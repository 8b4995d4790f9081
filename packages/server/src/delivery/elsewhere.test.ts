/** A message to another domain, step by step: what each end stores, what its sender is told, and what is refused. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError, type ErrorCode, errors, peerFaults } from "@keypears/api";
import { type Bytes, fromBase64url, makeId, toBase64url } from "@keypears/protocol";
import { eraseMessages } from "../jobs/mailboxes.ts";
import { accept } from "../procedures/messages/accept.ts";
import { block } from "../procedures/messages/block.ts";
import { listRequests } from "../procedures/messages/list-requests.ts";
import { lookUp } from "../procedures/directory/look-up.ts";
import { notify } from "../procedures/federation/notify.ts";
import { pull } from "../procedures/federation/pull.ts";
import { requestChallenge } from "../procedures/federation/request-challenge.ts";
import {
  type Parcel,
  type Person,
  addKeySet,
  callOf,
  challengeFor,
  hand,
  random,
  sealTo,
} from "../testing/people.ts";
import { purgeIncoming } from "../store/incoming.ts";
import { Crash, breakTransaction, countQueries } from "../testing/queries.ts";
import { type Message, type Town, openTown, patiently } from "../testing/town.ts";
import type { CallRecord } from "../testing/wire.ts";
import { expireDeliveries } from "./outbox.ts";

interface Pair extends Town {
  readonly alice: Person;
  readonly bob: Person;
}

/** `hurry`: pauses are so many times as short. */
async function openPair(t: TestContext, hurry = 20): Promise<Pair> {
  const env = { KEYPEARS_POW_FIRST_CONTACT: "64" };
  const town = await openTown(t, ["a.test", "b.test"], { env, hurry });
  const alice = await town.add("alice@a.test");
  const bob = await town.add("bob@b.test");
  return { ...town, alice, bob };
}

const way = ({ state, step, reason }: Message) => [state, step, reason] as const;

/** Waits until the sender's copy says this. */
function waitFor(
  { mailbox, alice, bob }: Pair,
  ...wanted: readonly (string | null)[]
): Promise<Message> {
  return patiently(async () => {
    const last = (await mailbox(alice, bob)).at(-1);
    return last !== undefined && way(last).join() === wanted.join() ? last : null;
  });
}

/** What the next notification is, which does not arrive. */
function catchNotification({ network }: Town): Promise<NonNullable<CallRecord["input"]>> {
  return new Promise((resolve) => {
    const end = network.wire.on("federation/notify", (call) => {
      end();
      if (call.input !== null) resolve(call.input);
      return call.drop();
    });
  });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.reason ?? ""}`.trim();
    throw error;
  }
  throw new Error("it was not refused");
}

test("a message crosses: pending at once, delivered without asking, a request for the reader; the answer costs less", async (t) => {
  const town = await openPair(t, 1);
  const { alice, bob, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  const seen: string[] = [];
  const { accountId, id: sessionId } = alice.session;
  const look = async () => {
    const last = (await town.mailbox(alice, bob)).at(-1);
    if (last) seen.push(way(last).join());
  };
  const close = context.events.subscribe(
    { accountId, sessionId },
    { changed: () => void look(), ended: () => {} },
  );
  t.after(close);
  const sent = await hand(serverOf(alice.address), alice, await town.pack(alice, bob));
  assert.deepEqual(way(sent), ["pending", "queued", null]);
  const delivered = await town.outcome(alice, bob, sent.id);
  assert.deepEqual(way(delivered), ["delivered", null, null]);
  await patiently(async () => (seen.includes("delivered,,") ? true : null));
  assert.deepEqual([...new Set(seen)], ["pending,queued,", "delivered,,"]);

  const [received] = await town.mailbox(bob, alice);
  assert.deepEqual(received?.envelope, sent.envelope);
  assert.deepEqual([received?.direction, received?.state], ["received", "delivered"]);
  const atBob = serverOf(bob.address).context;
  const { conversations } = await listRequests(atBob, callOf(bob), {});
  assert.equal(conversations[0]?.peer, alice.address);
  await accept(atBob, callOf(bob), { peer: alice.address });
  const { purpose } = await challengeFor(serverOf(bob.address), bob, alice);
  assert.equal(purpose, "message");
  const answer = await town.write(bob, alice);
  assert.equal((await town.outcome(bob, alice, answer)).state, "delivered");
  assert.deepEqual(
    (await town.mailbox(alice, bob)).map((message) => message.direction),
    ["sent", "received"],
  );
  assert.equal(network.wire.of("federation/notify").length, 2);
  assert.equal(network.wire.of("federation/pull").length, 2);
  for (const { context: each } of [serverOf(alice.address), serverOf(bob.address)]) {
    assert.deepEqual(await each.store.db.selectFrom("deliveries").selectAll().execute(), []);
    assert.deepEqual(await each.store.db.selectFrom("incoming").selectAll().execute(), []);
  }
});

test("what one person writes to another arrives in that order, however quickly it was written", async (t) => {
  const town = await openPair(t);
  const { alice, bob, serverOf } = town;
  const first = await town.write(alice, bob);
  await town.outcome(alice, bob, first);
  await accept(serverOf(bob.address).context, callOf(bob), { peer: alice.address });
  const parcels = [];
  for (let n = 0; n < 8; n++) parcels.push(await town.pack(alice, bob));
  const ids = [first];
  for (const parcel of parcels) ids.push(await town.hand(alice, parcel));
  await town.outcome(alice, bob, ids.at(-1) as never);
  assert.deepEqual(
    (await town.mailbox(bob, alice)).map(({ id }) => id),
    ids,
  );
});

test("a repeat changes nothing at any step, and another message of the same id is refused", async (t) => {
  const town = await openPair(t, 1);
  const { alice, bob, network, serverOf } = town;
  const server = serverOf(alice.address);
  const parcel = await town.pack(alice, bob);
  network.wire.once("federation/notify", (call) => call.hold());
  const sent = await hand(server, alice, parcel);
  assert.deepEqual(await hand(server, alice, parcel), sent);
  const other = await town.pack(alice, bob, { id: sent.id, text: "Another" });
  assert.equal(await refusal(hand(server, alice, other)), "id_conflict");
  network.wire.clear();
  const delivered = await town.outcome(alice, bob, sent.id);
  assert.deepEqual(await hand(server, alice, parcel), delivered);
  assert.equal(await refusal(hand(server, alice, other)), "id_conflict");
  assert.equal((await town.mailbox(bob, alice)).length, 1);
  assert.equal(network.wire.of("federation/notify").length, 1);
});

for (const fault of peerFaults) {
  test(`${fault} on the way is shown while it lasts, and the message goes by itself when it is over`, async (t) => {
    const town = await openPair(t);
    const { alice, bob, network } = town;
    const end = network.wire.on("federation/notify", (call) => call.fail(fault));
    const id = await town.write(alice, bob);
    await waitFor(town, "pending", "queued", fault);
    end();
    assert.deepEqual(way(await town.outcome(alice, bob, id)), ["delivered", null, null]);
  });
}

/** What ends a delivery, by the answer to its notification: [code, reason in the answer, reason that the sender is told]. */
const ends: readonly (readonly [ErrorCode, string | undefined, string])[] = [
  ["no_such_user", undefined, "no_such_user"],
  ["not_ready", undefined, "not_ready"],
  ["message_refused", "signature", "message_refused"],
  ["message_refused", "expired", "expired"],
  ["pull_refused", "hash", "pull_refused"],
  ["stale_key", undefined, "stale_key"],
  ["stale_sender_key", undefined, "stale_sender_key"],
  ["id_conflict", undefined, "id_conflict"],
  ["too_many_waiting", undefined, "too_many_waiting"],
  ["work_refused", "work", "work_refused"],
  ["work_refused", "expired", "work_expired"],
  ["work_spent", undefined, "work_expired"],
  ["new_challenge", undefined, "work_expired"],
];

for (const [code, reason, told] of ends) {
  test(`${code}${reason === undefined ? "" : ` (${reason})`} ends a delivery as ${told}, and it is sent again in its place`, async (t) => {
    const town = await openPair(t);
    const { alice, bob, network, serverOf } = town;
    const { status } = errors[code];
    const body = { code, message: "", ...(reason === undefined ? {} : { reason }) };
    network.wire.once("federation/notify", (call) => call.reply(status, body));
    const parcel = await town.pack(alice, bob);
    const first = await hand(serverOf(alice.address), alice, parcel);
    const failed = await town.outcome(alice, bob, first.id);
    assert.deepEqual(way(failed), ["failed", "queued", told]);
    assert.deepEqual(await town.mailbox(bob, alice), []);

    // The next one waits for nobody who has failed.
    const second = await town.write(alice, bob);
    assert.equal((await town.outcome(alice, bob, second)).state, "delivered");

    const sealed = await town.pack(alice, bob, { id: first.id, text: "Once more" });
    const again = await hand(serverOf(alice.address), alice, sealed);
    assert.deepEqual(way(again), ["pending", "queued", null]);
    assert.equal(again.revision, first.revision);
    assert.equal((await town.outcome(alice, bob, first.id)).state, "delivered");
    const received = (await town.mailbox(bob, alice)).filter(({ id }) => id === first.id);
    assert.deepEqual(
      received.map(({ envelope }) => envelope),
      [again.envelope],
    );
    assert.deepEqual(
      (await town.mailbox(alice, bob)).map(({ id }) => id),
      [first.id, second],
    );
  });
}

test("with new work the same envelope is the same message: what had arrived after all is not there twice", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const parcel = await town.pack(alice, bob);
  network.wire.once("federation/notify", async (call) => {
    await call.pass();
    return call.reply(409, { code: "new_challenge", message: "" });
  });
  const { id } = await hand(serverOf(alice.address), alice, parcel);
  assert.deepEqual(way(await town.outcome(alice, bob, id)), ["failed", "pulled", "work_expired"]);
  const { solution } = await town.pack(alice, bob);
  await hand(serverOf(alice.address), alice, { ...parcel, solution });
  assert.equal((await town.outcome(alice, bob, id)).state, "delivered");
  assert.equal((await town.mailbox(bob, alice)).length, 1);
});

test("after a day a delivery has failed, for what was in the way last, and its token opens nothing", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  network.wire.on("federation/notify", (call) => call.fail("tls"));
  const id = await town.write(alice, bob);
  await waitFor(town, "pending", "queued", "tls");
  const [delivery] = await context.store.db.selectFrom("deliveries").selectAll().execute();
  const pullToken = delivery?.pull_token as Bytes;
  const call = callOf(bob);
  clock.time += 86_400_000;
  await pull(context, call, { pullToken });
  // Who fetches it shows that the domain is there: it is tried at once.
  await waitFor(town, "pending", "pulled", "tls");
  assert.equal(await expireDeliveries(context), 1);
  assert.deepEqual(way(await town.outcome(alice, bob, id)), ["failed", "pulled", "tls"]);
  assert.equal(await refusal(pull(context, call, { pullToken })), "not_found");
  assert.equal(await expireDeliveries(context), 0);
});

test("what comes back after the day is over changes nothing of what was told", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  const arrived = Promise.withResolvers<() => void>();
  network.wire.once("federation/notify", async (call) => {
    await new Promise<void>((resolve) => arrived.resolve(resolve));
    return call.fail("timeout");
  });
  const id = await town.write(alice, bob);
  const goOn = await arrived.promise;
  clock.time += 86_400_000;
  await expireDeliveries(context);
  const failed = await town.outcome(alice, bob, id);
  assert.equal(failed.state, "failed");
  goOn();
  await context.rest();
  assert.deepEqual(await town.outcome(alice, bob, id), failed);
});

test("a domain that fetches a message is there: what else waits for it goes at once, whatever its pause", async (t) => {
  const town = await openPair(t, 1);
  const { alice, bob, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  // Nothing is tried by itself for a second.
  network.wire.once("federation/notify", (call) => call.fail("connect"));
  const id = await town.write(alice, bob);
  await waitFor(town, "pending", "queued", "connect");
  const asked = performance.now();
  const [delivery] = await context.store.db.selectFrom("deliveries").selectAll().execute();
  await pull(context, callOf(bob), { pullToken: delivery?.pull_token as Bytes });
  await town.outcome(alice, bob, id);
  assert(performance.now() - asked < 700, "it waited for its pause");
});

test("a token is good for sixteen pulls of its own message, and for nothing after the delivery", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  const parcel = await town.pack(alice, bob);
  network.wire.on("federation/notify", (call) => call.hold());
  await hand(serverOf(alice.address), alice, parcel);
  const [delivery] = await context.store.db.selectFrom("deliveries").selectAll().execute();
  const pullToken = delivery?.pull_token as Bytes;
  const call = callOf(bob);
  for (let n = 0; n < 16; n++) {
    const { envelope, senderKey } = await pull(context, call, { pullToken });
    assert.deepEqual(envelope, { ...parcel.envelope, wraps: [] });
    assert.equal(senderKey.number, 1);
  }
  assert.equal(await refusal(pull(context, call, { pullToken })), "not_found");
  assert.equal(await refusal(pull(context, call, { pullToken: random(32) })), "not_found");
});

test("a message that its sender had deleted before it was fetched is not sent any more", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, network, serverOf } = town;
  const end = network.wire.on("federation/notify", (call) => call.fail("connect"));
  const id = await town.write(alice, bob, { deleteAfter: clock.time + 60_000 });
  await waitFor(town, "pending", "queued", "connect");
  clock.time += 60_000;
  await eraseMessages(serverOf(alice.address).context);
  end();
  assert.deepEqual(way(await town.outcome(alice, bob, id)), ["failed", "queued", "expired"]);
});

test("who is blocked is told nothing of it: pulled, verified, answered, and never shown", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  await block(serverOf(bob.address).context, callOf(bob), { target: alice.address });
  const id = await town.write(alice, bob);
  assert.deepEqual(way(await town.outcome(alice, bob, id)), ["delivered", null, null]);
  assert.deepEqual(await town.mailbox(bob, alice), []);
  assert.equal(network.wire.of("federation/pull").length, 1);
});

test("the sixth message of a stranger fails as such, and the five arrive", async (t) => {
  const town = await openPair(t);
  const { alice, bob } = town;
  for (let n = 0; n < 5; n++) await town.outcome(alice, bob, await town.write(alice, bob));
  const sixth = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.deepEqual(way(sixth), ["failed", "pulled", "too_many_waiting"]);
  assert.equal((await town.mailbox(bob, alice)).length, 5);
});

test("keys that changed between the look-up and the delivery: sealed to a reset set is stale, by a replaced one too", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, serverOf } = town;
  const toOld = await town.pack(alice, bob);
  await addKeySet(serverOf(bob.address), bob, "reset", clock.time);
  const refused = await town.outcome(alice, bob, await town.hand(alice, toOld));
  assert.deepEqual(way(refused), ["failed", "pulled", "stale_key"]);

  // Alice's server knows her keys itself; Bob's asks again when a pull says that there is a newer one.
  const fromOld = await town.pack(alice, bob);
  await addKeySet(serverOf(alice.address), alice, "rotation", clock.time);
  const within = await town.outcome(alice, bob, await town.hand(alice, fromOld));
  assert.equal(within.state, "delivered", "an hour's grace");
  const fromNew = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.equal(fromNew.state, "delivered");
  const late = await town.pack(alice, bob, { senderSet: 1 });
  clock.time += 3_600_000;
  const { solution } = await town.pack(alice, bob);
  assert.equal(
    await refusal(hand(serverOf(alice.address), alice, { ...late, solution })),
    "stale_sender_key",
  );
});

test("whose keys were reset is a stranger again: the price, the waiting, and work at the old price buys nothing", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, serverOf } = town;
  const atBob = serverOf(bob.address).context;
  await town.outcome(alice, bob, await town.write(alice, bob));
  await accept(atBob, callOf(bob), { peer: alice.address });
  const purposeNow = async () => (await challengeFor(serverOf(alice.address), alice, bob)).purpose;
  assert.equal(await purposeNow(), "message");
  const { solution: cheap } = await town.pack(alice, bob);
  await addKeySet(serverOf(alice.address), alice, "reset", clock.time);
  clock.time += 61_000;
  assert.equal(await purposeNow(), "first-contact");
  const parcel = await town.pack(alice, bob);
  const paidTooLittle = await town.hand(alice, { ...parcel, solution: cheap });
  const refused = await town.outcome(alice, bob, paidTooLittle);
  assert.deepEqual(way(refused), ["failed", "pulled", "work_refused"]);
  assert.equal((await town.outcome(alice, bob, await town.hand(alice, parcel))).state, "delivered");
  const { conversations } = await listRequests(atBob, callOf(bob), {});
  assert.deepEqual(
    conversations.map(({ peer, waiting }) => [peer, waiting]),
    [[alice.address, 1]],
  );
  await accept(atBob, callOf(bob), { peer: alice.address });
  assert.equal(await purposeNow(), "message", "accepted with the new keys");
});

test("keys that change while a message is queued: it is judged again, by the new ones", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, serverOf } = town;
  const { store } = serverOf(alice.address).context;
  const parcel = await town.pack(alice, bob);
  const transaction = store.transaction.bind(store);
  store.transaction = async (work) => {
    store.transaction = transaction;
    await addKeySet(serverOf(alice.address), alice, "reset", clock.time);
    return transaction(work);
  };
  const handed = hand(serverOf(alice.address), alice, parcel);
  assert.equal(await refusal(handed), "stale_sender_key");
  assert.deepEqual(await town.mailbox(alice, bob), []);
});

test("the sender's server refuses what it can see is wrong, and stores nothing of it", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, serverOf } = town;
  const server = serverOf(alice.address);
  const good = await town.pack(alice, bob);
  const carol = await town.add("carol@b.test");
  const toCarol = await town.pack(alice, carol);
  const bad = new Uint8Array(good.envelope.signature);
  bad[5] = (bad[5] ?? 0) ^ 1;
  const refuses = async (parcel: typeof good, code: string) => {
    assert.equal(await refusal(hand(server, alice, parcel)), code);
  };
  await refuses({ ...good, solution: toCarol.solution }, "work_refused subject");
  const spoiled = { ...good.envelope, signature: bad as typeof good.envelope.signature };
  await refuses({ ...good, envelope: spoiled }, "message_refused signature");
  const early = await sealTo(alice, bob, clock.time, { sentAt: clock.time + 400_000 });
  await refuses({ ...good, envelope: early }, "message_refused sent_time");
  const login = { ...good.solution.challenge, purpose: "login" as const };
  await refuses(
    { ...good, solution: { ...good.solution, challenge: login } },
    "work_refused purpose",
  );
  const elsewhere = { ...good.solution.challenge, domain: "c.test" as never };
  await refuses(
    { ...good, solution: { ...good.solution, challenge: elsewhere } },
    "work_refused domain",
  );
  const { db } = server.context.store;
  for (const table of ["messages", "deliveries", "sent_messages", "conversations"] as const) {
    assert.deepEqual(await db.selectFrom(table).selectAll().execute(), []);
  }
});

test("a notification is refused for another's work, another's address, a replay and a message of our own users", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const atBob = serverOf(bob.address).context;
  const carol = await town.add("carol@b.test");
  const caught = catchNotification(town);
  const rest = network.wire.on("federation/pull", (call) => call.fail("connect"));
  const parcel = await town.pack(alice, bob);
  await hand(serverOf(alice.address), alice, parcel);
  const wire = await caught;
  const call = callOf(bob);
  const told = {
    id: wire["id"] as never,
    hash: fromBase64url(wire["hash"] as string) as never,
    sender: alice.address,
    recipient: bob.address,
    pullToken: fromBase64url(wire["pullToken"] as string) as Bytes,
    solution: parcel.solution,
  };
  const tries: [string, Partial<typeof told>, string][] = [
    ["another recipient", { recipient: carol.address }, "work_refused subject"],
    ["nobody", { recipient: "nobody@b.test" as never }, "no_such_user"],
    ["not here", { recipient: "bob@c.test" as never }, "misdirected"],
    ["another sender", { sender: "mallory@a.test" as never }, "work_refused subject"],
    ["one of our own", { sender: carol.address }, "message_refused address"],
    [
      "work that is none",
      { solution: { ...parcel.solution, nonces: parcel.solution.nonces.toReversed() } },
      "work_refused work",
    ],
  ];
  for (const [what, change, code] of tries) {
    assert.equal(await refusal(notify(atBob, call, { ...told, ...change })), code, what);
  }
  const { db } = atBob.store;
  assert.deepEqual(await db.selectFrom("claims").selectAll().execute(), []);
  assert.deepEqual(await db.selectFrom("incoming").selectAll().execute(), []);
  assert.equal(network.wire.of("federation/pull").length, 0, "nothing outward before the claim");

  // The right one is claimed; then the same work pays for nothing else, and another hash is another message.
  await notify(atBob, call, told);
  const otherId = makeId(town.clock.time, random(10));
  assert.equal(await refusal(notify(atBob, call, { ...told, id: otherId })), "work_spent");
  const otherHash = { ...told, hash: random(32) as never };
  assert.equal(await refusal(notify(atBob, call, otherHash)), "id_conflict");
  rest();
  network.wire.clear();
  const delivered = await notify(atBob, call, told);
  assert(delivered.state === "delivered" || delivered.state === "pending");
  await patiently(async () => ((await town.mailbox(bob, alice)).length === 1 ? true : null));
  assert.deepEqual(await notify(atBob, call, told), { state: "delivered" });
  assert.equal(await refusal(notify(atBob, call, otherHash)), "id_conflict");
});

test("a notification that comes twice at once is one job, and another token is taken only with work for this message", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const atBob = serverOf(bob.address).context;
  const pulls: unknown[] = [];
  network.wire.on("federation/pull", (call) => {
    pulls.push(call.input?.["pullToken"]);
    return call.fail("connect");
  });
  const told = async (caught: Promise<NonNullable<CallRecord["input"]>>, parcel: Parcel) => {
    await hand(serverOf(alice.address), alice, parcel);
    const wire = await caught;
    return {
      id: wire["id"] as never,
      hash: fromBase64url(wire["hash"] as string) as never,
      sender: alice.address,
      recipient: bob.address,
      pullToken: fromBase64url(wire["pullToken"] as string) as Bytes,
      solution: parcel.solution,
    };
  };
  const call = callOf(bob);
  const first = await told(catchNotification(town), await town.pack(alice, bob));
  const held = network.wire.on("federation/notify", (one) => one.hold());
  const twice = await Promise.all([notify(atBob, call, first), notify(atBob, call, first)]);
  for (const answer of twice) {
    assert.deepEqual(answer, { state: "pending", step: "notified", reason: "connect" });
  }
  assert.equal((await atBob.store.db.selectFrom("incoming").selectAll().execute()).length, 1);

  const { solution: other } = await town.pack(alice, bob);
  const anotherId = makeId(town.clock.time, random(10));
  await notify(atBob, call, { ...first, id: anotherId, solution: other });
  const token = random(32);
  const stolen = { ...first, pullToken: token, solution: other };
  assert.equal(await refusal(notify(atBob, call, stolen)), "work_spent");
  assert(!pulls.includes(toBase64url(token)));
  await notify(atBob, call, { ...first, pullToken: token });
  // The server has begun the delivery anew.
  await patiently(async () => (pulls.includes(toBase64url(token)) ? true : null));
  held();
});

test("a message that is refused while it is announced again is over for both, and nothing of it stays", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const atBob = serverOf(bob.address).context;
  const parcel = await town.pack(alice, bob);
  const caught = catchNotification(town);
  const pulled = Promise.withResolvers<() => void>();
  network.wire.on("federation/pull", async (call) => {
    await new Promise<void>((resolve) => pulled.resolve(resolve));
    return call.reply(404, { code: "not_found", message: "" });
  });
  await hand(serverOf(alice.address), alice, parcel);
  const wire = await caught;
  network.wire.on("federation/notify", (call) => call.hold());
  const told = {
    id: wire["id"] as never,
    hash: fromBase64url(wire["hash"] as string) as never,
    sender: alice.address,
    recipient: bob.address,
    pullToken: fromBase64url(wire["pullToken"] as string) as Bytes,
    solution: parcel.solution,
  };
  const first = refusal(notify(atBob, callOf(bob), told));
  const goOn = await pulled.promise;
  const second = refusal(notify(atBob, callOf(bob), told));
  goOn();
  assert.deepEqual(
    [await first, await second],
    ["pull_refused not_found", "pull_refused not_found"],
  );
  assert.equal(await refusal(notify(atBob, callOf(bob), told)), "pull_refused not_found");
  await patiently(async () => (atBob.incoming.isBusy("a.test" as never) ? null : true));
});

test("whoever announces a message that is paid for shows that its domain is there: what waits of it goes on at once", async (t) => {
  const town = await openPair(t, 1);
  const { alice, bob, network } = town;
  const anna = await town.add("anna@a.test");
  // Nothing is tried by itself for a second.
  network.wire.once("federation/pull", (call) => call.fail("connect"));
  const first = await town.write(alice, bob);
  await waitFor(town, "pending", "notified", "connect");
  const asked = performance.now();
  await town.outcome(anna, bob, await town.write(anna, bob));
  await town.outcome(alice, bob, first);
  assert(performance.now() - asked < 700, "it waited for its pause");
});

test("a claimed message is gone on with for a day, and not longer", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, network, serverOf } = town;
  const atBob = serverOf(bob.address).context;
  const away = network.wire.on("federation/pull", (call) => call.fail("connect"));
  network.wire.once("federation/notify", async (call) => {
    await call.pass();
    return call.hold();
  });
  await town.write(alice, bob);
  const under = () => atBob.store.db.selectFrom("incoming").select("claimed_at").execute();
  await patiently(async () => ((await under()).length === 1 ? true : null));
  clock.time += 86_400_001;
  away();
  atBob.incoming.wake("a.test" as never);
  await patiently(async () => (atBob.incoming.isBusy("a.test" as never) ? null : true));
  assert.deepEqual(await town.mailbox(bob, alice), []);
  assert.equal((await under()).length, 1);
  const { store } = atBob;
  assert.equal(await store.transaction((tx) => purgeIncoming(tx, clock.time)), 1);
});

test("a message whose job lay for a day is taken in with new work, before anybody has cleared that away", async (t) => {
  const town = await openPair(t);
  const { alice, bob, clock, network, serverOf } = town;
  const { context: atAlice } = serverOf(alice.address);
  const { context: atBob } = serverOf(bob.address);
  const away = network.wire.on("federation/pull", (call) => call.fail("connect"));
  const id = await town.write(alice, bob);
  await waitFor(town, "pending", "notified", "connect");
  const [parcel] = await town.mailbox(alice, bob);
  assert(parcel?.envelope);
  clock.time += 86_400_001;
  await expireDeliveries(atAlice);
  assert.equal((await town.outcome(alice, bob, id)).state, "failed");
  assert.equal((await atBob.store.db.selectFrom("incoming").selectAll().execute()).length, 1);
  away();
  const { solution } = await town.pack(alice, bob);
  await hand(serverOf(alice.address), alice, { envelope: parcel.envelope, solution });
  assert.deepEqual(way(await town.outcome(alice, bob, id)), ["delivered", null, null]);
  assert.deepEqual(
    (await town.mailbox(bob, alice)).map((message) => message.id),
    [id],
  );
  assert.deepEqual(await atBob.store.db.selectFrom("incoming").selectAll().execute(), []);
});

test("a step that was taken is not taken back by what the other server says", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  const end = network.wire.on("federation/notify", (call) => call.fail("busy"));
  const id = await town.write(alice, bob);
  await waitFor(town, "pending", "queued", "busy");
  const said = (step: string, reason: string | null) =>
    network.wire.on("federation/notify", (call) =>
      call.reply(200, { state: "pending", step, reason }),
    );
  const ends = [end, said("notified", "tls")];
  await waitFor(town, "pending", "notified", "tls");
  ends.push(said("queued", "dns"));
  await waitFor(town, "pending", "notified", "dns");
  const [delivery] = await context.store.db.selectFrom("deliveries").selectAll().execute();
  await pull(context, callOf(bob), { pullToken: delivery?.pull_token as Bytes });
  await waitFor(town, "pending", "pulled", "dns");
  for (const stop of ends) stop();
  assert.equal((await town.outcome(alice, bob, id)).state, "delivered");
});

test("a pull that gives another message, or none, ends the delivery, with the same answer for a repeat", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network } = town;
  const other = await town.pack(alice, bob);
  const encoded = {
    header: toBase64url(other.envelope.header),
    box: toBase64url(other.envelope.box),
    signature: toBase64url(other.envelope.signature),
    wraps: [],
  };
  network.wire.once("federation/pull", (call) =>
    call.reply(200, {
      envelope: encoded,
      senderKey: { number: 1, hash: toBase64url(random(32)) },
    }),
  );
  const first = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.deepEqual(way(first), ["failed", "queued", "pull_refused"]);
  network.wire.once("federation/pull", (call) =>
    call.reply(404, { code: "not_found", message: "" }),
  );
  const second = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.deepEqual(way(second), ["failed", "queued", "pull_refused"]);
  assert.deepEqual(await town.mailbox(bob, alice), []);
});

test("who asks for somebody of another domain gets what that domain says, or at which hop it is out of reach", async (t) => {
  const town = await openPair(t);
  const { alice, bob, network, serverOf } = town;
  const { context } = serverOf(alice.address);
  const ask = (address: string) => lookUp(context, callOf(alice), { address: address as never });
  const { records } = await ask(bob.address);
  assert.deepEqual(records[0]?.record, bob.records[0]);
  assert.equal(await refusal(ask("nobody@b.test")), "no_such_user");
  assert.equal(await refusal(ask("bob@nowhere.test")), "domain_unreachable dns");
  network.wire.once("keys", (call) => call.fail("tls"));
  assert.equal(await refusal(ask(bob.address)), "domain_unreachable tls");
  network.wire.once("keys", (call) =>
    call.reply(200, { address: "carol@b.test", records: [], next: null }),
  );
  assert.equal(await refusal(ask(bob.address)), "domain_unreachable bad_answer");
  network.wire.once("keys", (call) => call.reply(421, { code: "misdirected", message: "" }));
  assert.equal(await refusal(ask(bob.address)), "domain_unreachable not_served");
});

test("one source that makes senders up is stopped before it has others asked for all the world, and honest ones are not", async (t) => {
  const town = await openTown(t, ["a.test", "b.test"], { env: { KEYPEARS_LIMITS: "" } });
  const alice = await town.add("alice@a.test");
  const bob = await town.add("bob@b.test");
  const { context } = town.serverOf(bob.address);
  const ask = (sender: string, source: string) =>
    refusal(
      requestChallenge(
        context,
        { ...callOf(bob), source },
        {
          sender: sender as never,
          recipient: bob.address,
          time: town.clock.time,
          signature: random(64) as never,
        },
      ),
    );
  const answers = new Set<string>();
  for (let n = 0; n < 60; n++) answers.add(await ask(`mallory@made-up-${n}.test`, "192.0.2.9"));
  assert.deepEqual([...answers], ["domain_unreachable dns", "rate_limited"]);
  assert.equal(await ask("mallory@a.test", "192.0.2.10"), "request_refused signature");
  const asked = town.network.wire.calls.length;
  assert.equal(await ask("carol@b.test", "192.0.2.11"), "request_refused signature");
  assert.equal(
    town.network.wire.calls.length,
    asked,
    "our own users have sessions: nobody is asked",
  );
  for (let n = 0; n < 40; n++) await challengeFor(town.serverOf(alice.address), alice, bob);
});

test("calls of other servers that prove nothing are counted by source, whatever they ask, and those that do are not", async (t) => {
  const town = await openTown(t, ["a.test", "b.test"], { env: { KEYPEARS_LIMITS: "" } });
  const alice = await town.add("alice@a.test");
  const bob = await town.add("bob@b.test");
  const { context } = town.serverOf(bob.address);
  const { limits } = context;
  const source = "192.0.2.9";
  while (limits.has("federation", source)) limits.count("federation", source);
  const call = { ...callOf(bob), source };
  const { solution } = await town.pack(alice, bob);
  const pair = { sender: alice.address, recipient: bob.address };
  const told = { ...pair, id: makeId(town.clock.time, random(10)), hash: random(32) as never };
  const tries = [
    notify(context, call, { ...told, pullToken: random(32), solution }),
    pull(context, call, { pullToken: random(32) }),
    requestChallenge(context, call, {
      ...pair,
      time: town.clock.time,
      signature: random(64) as never,
    }),
  ];
  for (const one of tries) assert.equal(await refusal(one), "rate_limited");
  // Alice's server comes from a source of its own, whose allowance is whole after everything it has done.
  await town.outcome(alice, bob, await town.write(alice, bob));
  const from = "198.18.0.1";
  for (let n = 0; n < 599; n++) limits.take("federation", from);
  assert(limits.has("federation", from));
});

test("a domain that has sent its share waits, and is not refused", async (t) => {
  const town = await openTown(t, ["a.test", "b.test"], { env: { KEYPEARS_LIMITS: "" } });
  const alice = await town.add("alice@a.test");
  const bob = await town.add("bob@b.test");
  const { limits } = town.serverOf(bob.address).context;
  for (let n = 0; n < 4_999; n++) limits.count("delivery", "", "a.test");
  const last = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.equal(last.state, "delivered");
  const beyond = await town.write(alice, bob);
  await waitFor({ ...town, alice, bob }, "pending", "notified", "busy");
  town.clock.time += 60_000;
  assert.equal((await town.outcome(alice, bob, beyond)).state, "delivered");
});

test("what a message to another domain costs is known, at both ends, and does not grow", async (t) => {
  const town = await openPair(t, 1);
  const { alice, bob, serverOf } = town;
  await town.outcome(alice, bob, await town.write(alice, bob));
  await accept(serverOf(bob.address).context, callOf(bob), { peer: alice.address });
  const parcel = await town.pack(alice, bob);
  const [atAlice, atBob] = [alice, bob].map((person) =>
    countQueries(serverOf(person.address).context.store),
  );
  await town.hand(alice, parcel);
  const queued = { ...atAlice };
  // Not asked for: the asking would count.
  await patiently(async () => ((atAlice?.inside ?? 0) >= 13 ? true : null));
  assert.deepEqual(queued, { outside: 2, inside: 8 });
  assert.deepEqual([atAlice?.inside, { ...atBob }], [13, { outside: 7, inside: 11 }]);
  // The last of them looks whether there is more to deliver.
  assert((atAlice?.outside ?? 0) <= 9);
});

/** The transactions of a delivery: queue, count the pull, mark as delivered; claim, store. */
const transactions = { sender: [1, 2, 3], recipient: [1, 2] } as const;

for (const side of ["sender", "recipient"] as const) {
  for (const transaction of transactions[side]) {
    test(`the ${side}'s server: whatever fails in its transaction number ${transaction} of a delivery, nothing is half done, and the message arrives once`, async (t) => {
      const failed = new Set<string>();
      for (let at = 0; ; at++) {
        const town = await openPair(t);
        const { alice, bob, network, serverOf } = town;
        const node = network.node(side === "sender" ? "a.test" : "b.test");
        const parcel = await town.pack(alice, bob);
        const broken = breakNth(node.context.store, transaction, at);
        let restarted = false;
        const outcome = await patiently(async () => {
          // What fails after it was stored is a death: whoever goes on knows what is stored.
          if (broken.point === "after" && !restarted) {
            restarted = true;
            await node.restart();
          }
          const [stored] = await town.mailbox(alice, bob);
          if (stored === undefined) {
            const handed = hand(serverOf(alice.address), alice, parcel);
            await handed.catch((error: unknown) => assert(error instanceof Crash));
          }
          return stored === undefined || stored.state === "pending" ? null : stored;
        });
        assert.equal(outcome.state, "delivered", `${at} ${broken.point}`);
        assert.equal((await town.mailbox(bob, alice)).length, 1);
        await network.close();
        if (broken.point === null) break;
        failed.add(broken.point);
      }
      assert.deepEqual([...failed], ["query", "commit", "after"]);
    });
  }
}

/** Makes a later transaction fail: the second, the third. */
function breakNth(
  store: Parameters<typeof breakTransaction>[0],
  nth: number,
  at: number,
): ReturnType<typeof breakTransaction> {
  if (nth === 1) return breakTransaction(store, at);
  const broken: ReturnType<typeof breakTransaction> = { point: null };
  const transaction = store.transaction.bind(store);
  let count = 0;
  store.transaction = async (work) => {
    count++;
    if (count < nth) return transaction(work);
    store.transaction = transaction;
    const inner = breakTransaction(store, at);
    try {
      return await store.transaction(work);
    } finally {
      broken.point = inner.point;
    }
  };
  return broken;
}
