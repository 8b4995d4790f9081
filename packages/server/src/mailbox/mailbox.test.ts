import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { listChanges } from "../procedures/messages/list-changes.ts";
import { listConversations } from "../procedures/messages/list-conversations.ts";
import { listMessages } from "../procedures/messages/list-messages.ts";
import { listRequests } from "../procedures/messages/list-requests.ts";
import { markRead } from "../procedures/messages/mark-read.ts";
import { eraseMessages } from "../jobs/mailboxes.ts";
import {
  type Parcel,
  type Person,
  addPerson,
  callOf,
  hand,
  openTestServer,
  pack,
  write,
} from "../testing/people.ts";
import { disturbed } from "../testing/queries.ts";
import { readChanges } from "./changes.ts";

const HOUR = 3_600_000;

async function start(t: TestContext) {
  const server = await openTestServer(t);
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  const { context } = server;
  const changes = (owner: Person, after: number, limit?: number) =>
    listChanges(context, callOf(owner), limit === undefined ? { after } : { after, limit });
  const read = (owner: Person, peer: Person, revision: number) =>
    markRead(context, callOf(owner), { peer: peer.address, revision });
  return { server, context, alice, bob, changes, read };
}

test("messages come in pages, the newest page first, each in order of arrival, and new ones do not shift the older pages", async (t) => {
  const { server, context, alice, bob } = await start(t);
  await write(server, bob, alice);
  for (let index = 0; index < 9; index++) await write(server, alice, bob);
  const page = (before?: number) =>
    listMessages(context, callOf(bob), {
      peer: alice.address,
      limit: 4,
      ...(before === undefined ? {} : { before }),
    });
  const first = await page();
  await write(server, alice, bob);
  assert(first.next !== null);
  const second = await page(first.next);
  assert(second.next !== null);
  const third = await page(second.next);
  assert.equal(third.next, null);
  const revisions = [third, second, first].map(({ messages }) =>
    messages.map((message) => message.revision),
  );
  assert.deepEqual(revisions, [
    [1, 2],
    [3, 4, 5, 6],
    [7, 8, 9, 10],
  ]);
});

test("a page that is exactly full is not followed by an empty one", async (t) => {
  const { server, context, alice, bob } = await start(t);
  for (let index = 0; index < 4; index++) await write(server, bob, alice);
  const input = { peer: alice.address, limit: 4 };
  const { messages, next } = await listMessages(context, callOf(bob), input);
  assert.deepEqual([messages.length, next], [4, null]);
});

test("conversations and requests come in pages, the latest first, each with its latest message", async (t) => {
  const { server, context, bob } = await start(t);
  const others = [];
  for (let index = 0; index < 6; index++) {
    others.push(await addPerson(server, `peer${index}@a.test`));
  }
  for (const other of others) await write(server, other, bob);
  for (const other of others.slice(0, 3)) await write(server, bob, other);
  for (const [list, expected] of [
    [listConversations, ["peer2", "peer1", "peer0"]],
    [listRequests, ["peer5", "peer4", "peer3"]],
  ] as const) {
    const first = await list(context, callOf(bob), { limit: 2 });
    assert(first.next !== null);
    const second = await list(context, callOf(bob), { limit: 2, before: first.next });
    assert.equal(second.next, null);
    const shown = [...first.conversations, ...second.conversations];
    assert.deepEqual(
      shown.map(({ peer }) => peer),
      expected.map((name) => `${name}@a.test`),
    );
    for (const { lastMessage, lastRevision, peer } of shown) {
      assert.deepEqual([lastMessage?.revision, lastMessage?.peer], [lastRevision, peer]);
    }
  }
});

test("nobody's list shows anything of another's mailbox", async (t) => {
  const { server, context, alice, bob, changes } = await start(t);
  const carol = await addPerson(server, "carol@a.test");
  await write(server, alice, bob);
  await write(server, bob, alice);
  assert.deepEqual(await changes(carol, 0), { changes: [], revision: 0, more: false });
  for (const peer of [alice, bob, carol]) {
    const input = { peer: peer.address };
    assert.deepEqual((await listMessages(context, callOf(carol), input)).messages, []);
  }
  assert.deepEqual((await listConversations(context, callOf(carol), {})).conversations, []);
  assert.deepEqual((await listRequests(context, callOf(carol), {})).conversations, []);
});

test("the read marker moves forward only, to the latest message at most, and unread counts what is above it", async (t) => {
  const { server, alice, bob, changes, read } = await start(t);
  await write(server, bob, alice);
  for (let index = 0; index < 4; index++) await write(server, alice, bob);
  await write(server, bob, alice);
  // Revisions 2 to 5 were received, 1 and 6 sent.
  const steps = [
    [1, 4, 1],
    [3, 2, 3],
    [2, 2, 3],
    [3, 2, 3],
    [1_000, 0, 6],
    [5, 0, 6],
  ] as const;
  for (const [revision, unread, marker] of steps) {
    const { conversation } = await read(bob, alice, revision);
    assert.deepEqual([conversation.unread, conversation.readRevision], [unread, marker]);
  }
  // Only what moved was a change: three of six.
  assert.equal((await changes(bob, 0)).revision, 9);
  await write(server, alice, bob);
  const { conversation } = await read(bob, alice, 6);
  assert.deepEqual([conversation.unread, conversation.readRevision], [1, 6]);
});

test("markers that are moved at once by several devices end at the furthest, and count nothing twice", async (t) => {
  const { server, alice, bob, read } = await start(t);
  await write(server, bob, alice);
  for (let index = 0; index < 8; index++) await write(server, alice, bob);
  await Promise.all([3, 7, 5, 7, 2, 6].map((revision) => read(bob, alice, revision)));
  const { conversation } = await read(bob, alice, 1);
  assert.deepEqual([conversation.unread, conversation.readRevision], [2, 7]);
});

test("changes are complete and in order whatever the size of a page, a message before its conversation", async (t) => {
  const { server, alice, bob, changes, read } = await start(t);
  const carol = await addPerson(server, "carol@a.test");
  for (const from of [alice, carol, alice]) await write(server, from, bob);
  await write(server, bob, alice);
  await read(bob, carol, 2);
  await write(server, carol, bob);
  const whole = await changes(bob, 0);
  assert.deepEqual(
    whole.changes.map(({ type, revision }) => [type, revision]),
    [
      ["message", 1],
      ["message", 2],
      ["message", 3],
      ["message", 4],
      ["conversation", 4],
      ["message", 6],
      ["conversation", 6],
    ],
  );
  assert.deepEqual([whole.revision, whole.more], [6, false]);
  for (const limit of [1, 2, 3, 4, 5, 6, 7]) {
    const pages = [];
    let after = 0;
    for (let more = true; more;) {
      const page = await changes(bob, after, limit);
      assert(page.changes.length <= limit + 1);
      pages.push(...page.changes);
      ({ revision: after, more } = page);
    }
    assert.deepEqual(pages, whole.changes, `pages of ${limit}`);
    assert.equal(after, 6);
  }
});

test("what is committed while a page is read is on the next one, and nothing is skipped", async (t) => {
  const { server, context, alice, bob } = await start(t);
  await write(server, bob, alice);
  await write(server, alice, bob);
  const { store } = context;
  const { accountId } = bob.session;
  // After each query of the page, somebody writes another message.
  const waiting: Parcel[] = [];
  for (let index = 0; index < 12; index++) waiting.push(await pack(server, alice, bob));
  const seen = new Map<number, string[]>();
  let after = 0;
  for (let turn = 0; turn < 4; turn++) {
    const db = disturbed(store.db, async () => {
      const parcel = waiting.pop();
      if (parcel !== undefined) await hand(server, alice, parcel);
    });
    const page = await readChanges(db, { accountId, after, limit: 200 });
    for (const { type, revision } of page.changes) {
      assert(revision <= page.revision);
      seen.set(revision, [...(seen.get(revision) ?? []), type]);
    }
    after = page.revision;
  }
  assert.deepEqual(waiting, []);
  const rest = await readChanges(store.db, { accountId, after, limit: 200 });
  const told = [...seen.keys(), ...rest.changes.map(({ revision }) => revision)];
  assert.deepEqual(
    [...new Set(told)],
    Array.from({ length: 14 }, (_, index) => index + 1),
  );
});

test("what changes while a page is read is on the next one, once, at its new place", async (t) => {
  const { server, context, alice, bob } = await start(t);
  await write(server, bob, alice);
  const deleteAfter = server.clock.time + HOUR;
  for (let index = 0; index < 3; index++) {
    await hand(server, alice, await pack(server, alice, bob, { deleteAfter }));
  }
  await write(server, alice, bob);
  server.clock.time = deleteAfter;
  const { accountId } = bob.session;
  let erased = false;
  // Once it is known how far the page goes, three messages change.
  const db = disturbed(context.store.db, async () => {
    if (erased) return;
    erased = true;
    assert.equal(await eraseMessages(context), 6);
  });
  const first = await readChanges(db, { accountId, after: 0, limit: 200 });
  assert.equal(first.revision, 5);
  const places = (page: typeof first) =>
    page.changes.filter(({ type }) => type === "message").map(({ revision }) => revision);
  assert.deepEqual(places(first), [1, 5]);
  const second = await readChanges(context.store.db, { accountId, after: 5, limit: 200 });
  assert.deepEqual(places(second), [6, 7, 8]);
  const whole = await readChanges(context.store.db, { accountId, after: 0, limit: 200 });
  assert.deepEqual(places(whole), [1, 5, 6, 7, 8]);
});

test("a reader that has seen more than there is is told how far it goes", async (t) => {
  const { server, alice, bob, changes } = await start(t);
  await write(server, alice, bob);
  assert.deepEqual(await changes(bob, 40), { changes: [], revision: 1, more: false });
});

test("after its deleteAfter a message is erased on both sides: no header, no box; id and hash stay", async (t) => {
  const { server, context, alice, bob, changes } = await start(t);
  const { clock } = server;
  await write(server, bob, alice);
  const kept = await write(server, alice, bob);
  const deleteAfter = clock.time + HOUR;
  const parcel = await pack(server, alice, bob, { deleteAfter });
  const sent = await hand(server, alice, parcel);
  clock.time = deleteAfter - 1;
  assert.equal(await eraseMessages(context), 0);
  clock.time = deleteAfter;
  assert.equal(await eraseMessages(context), 2);
  assert.equal(await eraseMessages(context), 0);
  for (const [owner, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const input = { peer: peer.address };
    const { messages } = await listMessages(context, callOf(owner), input);
    const erased = messages.at(-1);
    assert.deepEqual([erased?.envelope, erased?.id, erased?.hash], [null, sent.id, sent.hash]);
    assert.equal(messages.at(-2)?.id, kept.id);
    assert.notEqual(messages.at(-2)?.envelope, null);
    // It keeps its place, and its erasure is told.
    assert.equal(erased?.revision, sent.revision);
    const told = (await changes(owner, sent.revision)).changes;
    assert.deepEqual(told, [{ type: "message", revision: sent.revision + 1, message: erased }]);
  }
  // It cannot come again, and its sender is still told that it arrived.
  const again = await hand(server, alice, parcel);
  assert.deepEqual([again.id, again.state, again.envelope], [sent.id, "delivered", null]);
  const rows = await context.store.db.selectFrom("messages").selectAll().execute();
  const box = Buffer.from(parcel.envelope.box);
  assert(!rows.some((row) => row.box !== null && box.equals(row.box)));
});
