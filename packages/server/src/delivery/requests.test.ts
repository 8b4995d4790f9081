import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError } from "@keypears/api";
import { type Domain, parseDomain } from "@keypears/protocol";
import { lapseRequests } from "../jobs/mailboxes.ts";
import { accept } from "../procedures/messages/accept.ts";
import { block } from "../procedures/messages/block.ts";
import { decline } from "../procedures/messages/decline.ts";
import { listBlocks } from "../procedures/messages/list-blocks.ts";
import { listChanges } from "../procedures/messages/list-changes.ts";
import { listConversations } from "../procedures/messages/list-conversations.ts";
import { listMessages } from "../procedures/messages/list-messages.ts";
import { listRequests } from "../procedures/messages/list-requests.ts";
import { markRead } from "../procedures/messages/mark-read.ts";
import { unblock } from "../procedures/messages/unblock.ts";
import { blockTargets } from "../store/blocks.ts";
import { addWaiting } from "../store/waiting.ts";
import { assertConsistent } from "../testing/consistency.ts";
import { address } from "../testing/values.ts";
import {
  type Person,
  type TestServer,
  addPerson,
  callOf,
  challengeFor,
  hand,
  openTestServer,
  pack,
  write,
} from "../testing/people.ts";

const DAY = 86_400_000;

async function start(t: TestContext, ...names: string[]): Promise<[TestServer, ...Person[]]> {
  const server = await openTestServer(t);
  const people = [];
  for (const name of names) people.push(await addPerson(server, `${name}@a.test`));
  return [server, ...people];
}

function refuses(call: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(call, (error) => {
    assert(error instanceof ApiError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

async function fill(server: TestServer, from: Person, to: Person, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await write(server, from, to);
}

async function requests({ context }: TestServer, owner: Person) {
  return (await listRequests(context, callOf(owner), {})).conversations;
}

async function conversations({ context }: TestServer, owner: Person) {
  return (await listConversations(context, callOf(owner), {})).conversations;
}

async function messages({ context }: TestServer, owner: Person, peer: Person) {
  return (await listMessages(context, callOf(owner), { peer: peer.address })).messages;
}

async function changes({ context }: TestServer, owner: Person, after = 0) {
  return listChanges(context, callOf(owner), { after });
}

async function priceFor(server: TestServer, from: Person, to: Person): Promise<number> {
  return (await challengeFor(server, from, to)).difficulty;
}

test("a stranger's messages are a request, apart from the conversations, until they are accepted", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  await fill(server, alice, bob, 2);
  const [request] = await requests(server, bob);
  assert.deepEqual(
    [request?.peer, request?.accepted, request?.waiting, request?.unread],
    [alice.address, false, 2, 2],
  );
  assert.deepEqual(await conversations(server, bob), []);
  // Who writes has accepted whom they write to.
  assert.equal((await conversations(server, alice))[0]?.accepted, true);

  const { conversation } = await accept(server.context, callOf(bob), { peer: alice.address });
  assert.deepEqual(
    [conversation.accepted, conversation.waiting, conversation.unread],
    [true, 0, 2],
  );
  assert.deepEqual(await conversations(server, bob), [conversation]);
  assert.deepEqual(await requests(server, bob), []);
  assert.equal((await challengeFor(server, alice, bob)).purpose, "message");
  await fill(server, alice, bob, 6);
});

test("five of a stranger's messages wait; more are refused, even when they come at once", async (t) => {
  const [server, alice, bob, carol] = await start(t, "alice", "bob", "carol");
  assert(alice && bob && carol);
  const parcels = [];
  for (let index = 0; index < 7; index++) parcels.push(await pack(server, alice, bob));
  const results = await Promise.allSettled(parcels.map((parcel) => hand(server, alice, parcel)));
  const refused = results.filter((result) => result.status === "rejected");
  assert.deepEqual(
    refused.map((result) => (result.reason as ApiError).code),
    ["too_many_waiting", "too_many_waiting"],
  );
  assert.equal((await messages(server, bob, alice)).length, 5);
  // The five are a stranger's own, not everybody's.
  await write(server, carol, bob);
  // What was refused cost its sender nothing: once there is room again it goes through with the work already done.
  await accept(server.context, callOf(bob), { peer: alice.address });
  for (const parcel of parcels) await hand(server, alice, parcel);
  assert.equal((await messages(server, bob, alice)).length, 7);
});

test("answering accepts: what waited is a conversation, and the price falls", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  await fill(server, alice, bob, 5);
  await write(server, bob, alice);
  assert.deepEqual(await requests(server, bob), []);
  const [conversation] = await conversations(server, bob);
  assert.deepEqual([conversation?.accepted, conversation?.waiting], [true, 0]);
  assert.equal((await messages(server, bob, alice)).length, 6);
  await fill(server, alice, bob, 1);
});

test("declining deletes what waits and makes room, and the sender is not told", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  await fill(server, alice, bob, 5);
  await markRead(server.context, callOf(bob), { peer: alice.address, revision: 3 });
  const before = await changes(server, alice);
  const { conversation } = await decline(server.context, callOf(bob), { peer: alice.address });
  assert.deepEqual(
    [
      conversation.waiting,
      conversation.unread,
      conversation.lastRevision,
      conversation.lastMessage,
    ],
    [0, 0, 0, null],
  );
  assert.deepEqual(await messages(server, bob, alice), []);
  assert.deepEqual(await requests(server, bob), []);
  assert.deepEqual(await changes(server, alice), before);
  const told = (await changes(server, bob)).changes;
  assert.deepEqual(told, [{ type: "conversation", revision: conversation.changed, conversation }]);
  // Declining once more changes nothing.
  const again = await decline(server.context, callOf(bob), { peer: alice.address });
  assert.deepEqual(again.conversation, conversation);
  await fill(server, alice, bob, 5);
  await refuses(write(server, alice, bob), "too_many_waiting");
  assert.equal((await requests(server, bob))[0]?.waiting, 5);
});

test("accepting, declining or marking a peer of whom nothing is there is refused by name", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  const nothing = async () => {
    const peer = alice.address;
    await refuses(accept(server.context, callOf(bob), { peer }), "no_such_conversation");
    await refuses(decline(server.context, callOf(bob), { peer }), "no_such_conversation");
    const marked = markRead(server.context, callOf(bob), { peer, revision: 1 });
    await refuses(marked, "no_such_conversation");
  };
  await nothing();
  await block(server.context, callOf(bob), { target: alice.address });
  await write(server, alice, bob);
  await nothing();
});

test("the price of a first contact doubles for each 20 that wait from a domain, and falls as they are answered", async (t) => {
  const names = ["bob", "new", "one", "two", "three", "four", "five", "six", "seven", "eight"];
  const [server, bob, newcomer, ...strangers] = await start(t, ...names);
  assert(bob && newcomer);
  const cheap = await challengeFor(server, newcomer, bob);
  assert.equal(cheap.difficulty, 64);
  const prices = [];
  for (const stranger of strangers) {
    await fill(server, stranger, bob, 5);
    prices.push(await priceFor(server, newcomer, bob));
  }
  assert.deepEqual(prices, [64, 64, 64, 128, 128, 128, 128, 256]);
  // For those in a conversation nothing rises.
  await write(server, bob, newcomer);
  assert.equal((await challengeFor(server, newcomer, bob)).difficulty, 16);

  const [one, two] = strangers;
  assert(one && two);
  await accept(server.context, callOf(bob), { peer: one.address });
  assert.equal(await priceFor(server, two, bob), 128);
});

test("a price is fixed when the challenge is given: what begins to wait later does not raise it", async (t) => {
  const names = ["bob", "new", "one", "two", "three", "four"];
  const [server, bob, newcomer, ...strangers] = await start(t, ...names);
  assert(bob && newcomer);
  const parcel = await pack(server, newcomer, bob);
  for (const stranger of strangers) await fill(server, stranger, bob, 5);
  assert.equal(await priceFor(server, newcomer, bob), 128);
  await hand(server, newcomer, parcel);
});

test("the price doubles for each 100 that wait in all, wherever they come from, at most 1024 times", async (t) => {
  const [server, bob, newcomer] = await start(t, "bob", "new");
  assert(bob && newcomer);
  const { store } = server.context;
  const { accountId } = bob.session;
  const wait = (count: number) =>
    store.transaction(async (tx) => {
      for (let index = 0; index < count; index++) {
        const site = parseDomain(`site${index % 10}.example`) as Domain;
        await addWaiting(tx, accountId, site);
      }
    });
  for (const [more, difficulty] of [
    [99, 64],
    [1, 128],
    [100, 256],
    [800, 64 * 1024],
    [100, 64 * 1024],
  ] as const) {
    await wait(more);
    assert.equal(await priceFor(server, newcomer, bob), difficulty);
  }
  await store.transaction((tx) => tx.deleteFrom("waiting").execute());
});

test("a recipient's own prices hold, but never below the server's minimum", async (t) => {
  const server = await openTestServer(t, { KEYPEARS_POW_MINIMUM: "40" });
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  const set = (price_first_contact: number | null, price_message: number | null) =>
    server.context.store.transaction((tx) =>
      tx
        .updateTable("accounts")
        .set({ price_first_contact, price_message })
        .where("id", "=", bob.session.accountId)
        .execute(),
    );
  await set(100, 50);
  assert.equal(await priceFor(server, alice, bob), 100);
  await set(30, 20);
  assert.equal(await priceFor(server, alice, bob), 40);
  await write(server, bob, alice);
  assert.equal(await priceFor(server, alice, bob), 40);
  await set(null, 50);
  assert.equal(await priceFor(server, alice, bob), 50);
  await set(null, null);
  // The server's default of 16 lies below its minimum too.
  assert.equal(await priceFor(server, alice, bob), 40);
});

test("each waiting message lapses 30 days after it came, and makes room for one", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  const { clock, context } = server;
  const begin = clock.time;
  for (let day = 0; day < 5; day++) {
    clock.time = begin + day * DAY;
    await write(server, alice, bob);
  }
  await markRead(context, callOf(bob), { peer: alice.address, revision: 1 });
  await refuses(write(server, alice, bob), "too_many_waiting");
  clock.time = begin + 30 * DAY - 1;
  assert.equal(await lapseRequests(context), 0);
  clock.time++;
  assert.equal(await lapseRequests(context), 1);
  const [request] = await requests(server, bob);
  assert.deepEqual([request?.waiting, request?.unread], [4, 4]);
  assert.equal((await messages(server, bob, alice)).length, 4);
  await write(server, alice, bob);
  await refuses(write(server, alice, bob), "too_many_waiting");
  clock.time += 40 * DAY;
  assert.equal(await lapseRequests(context), 5);
  assert.deepEqual(await requests(server, bob), []);
  assert.equal((await messages(server, alice, bob)).length, 6);
  await assertConsistent(context.store);
});

test("what was accepted or answered never lapses", async (t) => {
  const [server, alice, bob, carol] = await start(t, "alice", "bob", "carol");
  assert(alice && bob && carol);
  await write(server, alice, bob);
  await write(server, carol, bob);
  await accept(server.context, callOf(bob), { peer: alice.address });
  await write(server, bob, carol);
  server.clock.time += 60 * DAY;
  assert.equal(await lapseRequests(server.context), 0);
  assert.equal((await messages(server, bob, alice)).length, 1);
  assert.equal((await messages(server, bob, carol)).length, 2);
});

test("of a blocked sender nothing arrives: no message, no request, no change, and not after unblocking either", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  const nothing = { changes: [], revision: 0, more: false };
  for (const target of [alice.address, parseDomain("a.test") as Domain]) {
    await block(server.context, callOf(bob), { target });
    await write(server, alice, bob);
    assert.deepEqual(await messages(server, bob, alice), []);
    assert.deepEqual(await requests(server, bob), []);
    assert.deepEqual(await conversations(server, bob), []);
    assert.deepEqual(await changes(server, bob), nothing);
    await unblock(server.context, callOf(bob), { target });
    assert.deepEqual(await messages(server, bob, alice), []);
    assert.deepEqual(await requests(server, bob), []);
    assert.deepEqual(await changes(server, bob), nothing);
  }
  const late = await write(server, alice, bob);
  const seen = await messages(server, bob, alice);
  assert.deepEqual(
    seen.map((message) => message.id),
    [late.id],
  );
  assert.equal((await requests(server, bob))[0]?.waiting, 1);
  assert.equal((await messages(server, alice, bob)).length, 3);
});

test("a repeat of a dropped message, after unblocking, is answered and still does not appear", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  const target = alice.address;
  await block(server.context, callOf(bob), { target });
  const parcel = await pack(server, alice, bob);
  const first = await hand(server, alice, parcel);
  await unblock(server.context, callOf(bob), { target });
  assert.deepEqual(await hand(server, alice, parcel), first);
  assert.deepEqual(await messages(server, bob, alice), []);
});

test("in a conversation a blocked sender is dropped as well; what was there stays, and says that it is blocked", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  await write(server, bob, alice);
  await write(server, alice, bob);
  const before = await messages(server, bob, alice);
  await block(server.context, callOf(bob), { target: alice.address });
  const { revision } = await changes(server, bob);
  await fill(server, alice, bob, 7);
  assert.deepEqual(await messages(server, bob, alice), before);
  assert.equal((await changes(server, bob)).revision, revision);
  const [conversation] = await conversations(server, bob);
  assert.deepEqual([conversation?.blocked, conversation?.unread], [true, 1]);
  await unblock(server.context, callOf(bob), { target: alice.address });
  assert.equal((await conversations(server, bob))[0]?.blocked, false);
  await write(server, alice, bob);
  assert.equal((await messages(server, bob, alice)).length, 3);
});

test("who writes to somebody they block, or to a whole domain they block, is still not written to", async (t) => {
  const [server, alice, bob] = await start(t, "alice", "bob");
  assert(alice && bob);
  await block(server.context, callOf(bob), { target: parseDomain("a.test") as Domain });
  const sent = await write(server, bob, alice);
  assert.equal((await conversations(server, bob))[0]?.blocked, true);
  await write(server, alice, bob);
  assert.deepEqual(await messages(server, bob, alice), [sent]);
});

test("blocking takes a stranger's waiting messages out of sight, and unblocking gives them back", async (t) => {
  const [server, alice, bob, carol] = await start(t, "alice", "bob", "carol");
  assert(alice && bob && carol);
  await fill(server, alice, bob, 2);
  await fill(server, carol, bob, 1);
  const shown = async () => (await requests(server, bob)).map((request) => request.peer);
  assert.deepEqual(await shown(), [carol.address, alice.address]);
  await block(server.context, callOf(bob), { target: alice.address });
  assert.deepEqual(await shown(), [carol.address]);
  await block(server.context, callOf(bob), { target: parseDomain("a.test") as Domain });
  assert.deepEqual(await shown(), []);
  const told = (await changes(server, bob)).changes.filter(({ type }) => type === "conversation");
  assert.deepEqual(
    told.map((change) => change.type === "conversation" && change.conversation.blocked),
    [true, true],
  );
  // One of two blocks is left: still out of sight.
  await unblock(server.context, callOf(bob), { target: parseDomain("a.test") as Domain });
  assert.deepEqual(await shown(), [carol.address]);
  await unblock(server.context, callOf(bob), { target: alice.address });
  assert.deepEqual(await shown(), [carol.address, alice.address]);
});

test("a block cannot be told by the blocked: every answer and every price is the same as without it", async (t) => {
  /** All that a stranger of `a.test` can see of Bob, in one long story. */
  async function story(blocking: (server: TestServer, bob: Person) => Promise<void>) {
    const [server, alice, bob, carol] = await start(t, "alice", "bob", "carol");
    const more = [];
    for (const name of ["dave", "erin", "frank"]) {
      more.push(await addPerson(server, `${name}@a.test`));
    }
    assert(alice && bob && carol);
    const { clock, context } = server;
    const seen: unknown[] = [];
    const see = async (call: Promise<unknown>) => {
      const answer = await call.catch((error: ApiError) => error.toBody());
      // What is different each time, in any story: random bytes.
      const random = new Set(["id", "hash", "envelope", "seed", "random"]);
      seen.push(
        JSON.parse(
          JSON.stringify(answer, (name, value: unknown) => (random.has(name) ? "…" : value)),
        ),
      );
    };
    const price = () => see(challengeFor(server, alice, bob));
    await fill(server, alice, bob, 1);
    await blocking(server, bob);
    await price();
    for (let index = 0; index < 5; index++) {
      await see(write(server, alice, bob));
      clock.time += DAY;
    }
    // The others are blocked or not like Alice; what they have waiting raises her price alike.
    for (const other of more)
      for (let index = 0; index < 5; index++) await see(write(server, other, bob));
    await price();
    await see(write(server, alice, bob));
    clock.time += 27 * DAY;
    await lapseRequests(context);
    await see(write(server, alice, bob));
    await see(write(server, alice, bob));
    await see(write(server, alice, bob));
    await price();
    // Carol is in a conversation.
    await write(server, bob, carol);
    await see(challengeFor(server, carol, bob));
    await see(write(server, carol, bob));
    clock.time += 40 * DAY;
    await lapseRequests(context);
    await price();
    await see(write(server, alice, bob));
    await see(listConversations(context, callOf(alice), {}));
    await see(listChanges(context, callOf(alice), { after: 0 }));
    return seen;
  }
  const open = await story(async () => {});
  const blocked = await story(async ({ context }, bob) => {
    await block(context, callOf(bob), { target: parseDomain("a.test") as Domain });
  });
  assert(open.some((answer) => JSON.stringify(answer).includes("too_many_waiting")));
  assert(open.some((answer) => JSON.stringify(answer).includes('"difficulty":128')));
  assert.deepEqual(blocked, open);
});

test("blocks are listed with their time, kept once, and gone when taken away; nobody blocks themselves", async (t) => {
  const [server, , bob] = await start(t, "alice", "bob");
  assert(bob);
  const { clock, context } = server;
  const [alice, acme] = [address("alice@a.test"), parseDomain("acme.com") as Domain];
  const since = clock.time;
  await block(context, callOf(bob), { target: alice });
  clock.time += DAY;
  await block(context, callOf(bob), { target: alice });
  await block(context, callOf(bob), { target: acme });
  assert.deepEqual(await listBlocks(context, callOf(bob), {}), {
    blocks: [
      { target: acme, since: clock.time },
      { target: alice, since },
    ],
  });
  await unblock(context, callOf(bob), { target: alice });
  await unblock(context, callOf(bob), { target: alice });
  const { blocks } = await listBlocks(context, callOf(bob), {});
  assert.deepEqual(
    blocks.map(({ target }) => target),
    [acme],
  );
  await refuses(block(context, callOf(bob), { target: bob.address }), "same_address");
});

test("a block of a domain covers its subdomains and nothing that only looks like it", () => {
  const covers = (target: string, peer: string) =>
    blockTargets(address(peer)).some((name) => name === target);
  assert(covers("acme.com", "eve@acme.com"));
  assert(covers("acme.com", "eve@deep.mail.acme.com"));
  assert(covers("mail.acme.com", "eve@mail.acme.com"));
  assert(covers("eve@acme.com", "eve@acme.com"));
  assert(covers("localhost", "eve@a.localhost"));
  for (const peer of ["eve@evilacme.com", "eve@acme.com.evil.org", "acme.com@evil.org"]) {
    assert(!covers("acme.com", peer), peer);
  }
  assert(!covers("mail.acme.com", "eve@acme.com"));
  assert(!covers("eve@acme.com", "eve@mail.acme.com"));
  assert(!covers("eve@acme.com", "adam@acme.com"));
});

test("whatever people do in whatever order, the counters are what is there, and a follower of the changes sees it all", async (t) => {
  const [server, ...people] = await start(t, "alice", "bob", "carol", "dave");
  const { clock, context } = server;
  let state = 7;
  const pick = (below: number): number => {
    // A fixed sequence (Lehmer), so that a failure can be seen again.
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const someone = () => people[pick(people.length)] as Person;
  const expected = (error: unknown) => {
    assert(error instanceof ApiError, String(error));
    assert(["too_many_waiting", "no_such_conversation"].includes(error.code), error.code);
  };
  const follower = new Map(
    people.map((person) => [person, { after: 0, messages: new Map(), conversations: new Map() }]),
  );
  for (let step = 0; step < 300; step++) {
    const [one, other] = [someone(), someone()];
    if (one === other) continue;
    const call = callOf(one);
    const peer = other.address;
    const target = pick(4) === 0 ? (parseDomain("a.test") as Domain) : peer;
    const actions = [
      () => write(server, one, other),
      () => write(server, one, other),
      () => write(server, one, other),
      () => accept(context, call, { peer }),
      () => decline(context, call, { peer }),
      () => block(context, call, { target }),
      () => unblock(context, call, { target }),
      () => unblock(context, call, { target: parseDomain("a.test") as Domain }),
      () => markRead(context, call, { peer, revision: pick(60) }),
      async () => {
        clock.time += pick(9) * DAY;
        await lapseRequests(context);
      },
    ];
    await (actions[pick(actions.length)] as () => Promise<unknown>)().catch(expected);
    if (step % 10 === 0) await assertConsistent(context.store);
    const seen = follower.get(one);
    assert(seen);
    const page = await listChanges(context, call, { after: seen.after, limit: 1 + pick(5) });
    seen.after = page.revision;
    for (const change of page.changes) follow(seen, change);
  }
  const sent = await context.store.db.selectFrom("accepted_messages").selectAll().execute();
  const shown = await context.store.db.selectFrom("messages").select("id").execute();
  // It was no quiet story: much was sent, and much of that dropped, declined or lapsed.
  assert(sent.length > 60 && shown.length < 2 * sent.length - 20);
  for (const [person, seen] of follower) {
    const rest = await listChanges(context, callOf(person), { after: seen.after, limit: 200 });
    assert.equal(rest.more, false);
    for (const change of rest.changes) follow(seen, change);
    for (const list of [listConversations, listRequests]) {
      for (const conversation of (await list(context, callOf(person), {})).conversations) {
        assert.deepEqual(seen.conversations.get(conversation.peer), conversation);
        const input = { peer: conversation.peer, limit: 100 };
        for (const message of (await listMessages(context, callOf(person), input)).messages) {
          assert.deepEqual(seen.messages.get(message.revision), message);
        }
      }
    }
  }
});

function follow(
  seen: { messages: Map<number, unknown>; conversations: Map<string, unknown> },
  change: Awaited<ReturnType<typeof changes>>["changes"][number],
): void {
  if (change.type === "message") seen.messages.set(change.message.revision, change.message);
  else seen.conversations.set(change.conversation.peer, change.conversation);
}
