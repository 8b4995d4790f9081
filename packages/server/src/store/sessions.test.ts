import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Bytes, Id } from "@keypears/protocol";
import { makeId } from "@keypears/protocol";
import { type Person, addPerson, openTestServer, random } from "../testing/people.ts";
import {
  GRANT_LIFETIME,
  deleteOtherSessions,
  deleteSession,
  insertGrant,
  insertSession,
  listSessions,
  purgeSessions,
  takeGrant,
} from "./sessions.ts";

async function start(t: TestContext) {
  const server = await openTestServer(t);
  const { store } = server.context;
  const alice = await addPerson(server, "alice@a.test");
  const begin = async ({ session: { accountId } }: Person): Promise<Id> => {
    const now = server.clock.time;
    const id = makeId(now, random(10));
    await store.transaction((tx) =>
      insertSession(tx, { tokenHash: random(32), id, accountId, device: "test", now }),
    );
    return id;
  };
  const grant = async (sessionId: Id): Promise<Bytes> => {
    const hash = random(32);
    const now = server.clock.time;
    await store.transaction((tx) => insertGrant(tx, { hash, sessionId, now }));
    return hash;
  };
  const take = (sessionId: Id, hash: Bytes): Promise<boolean> =>
    store.transaction((tx) => takeGrant(tx, { hash, sessionId, now: server.clock.time }));
  return { server, store, alice, begin, grant, take };
}

test("a grant is good once, also for two who use it at once", async (t) => {
  const { alice, begin, grant, take } = await start(t);
  const session = await begin(alice);
  const hash = await grant(session);
  const taken = await Promise.all([take(session, hash), take(session, hash), take(session, hash)]);
  assert.deepEqual(taken, [true, false, false]);
  assert.equal(await take(session, hash), false);
});

test("a grant is good for its own session only, and another's attempt does not use it up", async (t) => {
  const { server, alice, begin, grant, take } = await start(t);
  const [session, other] = [await begin(alice), await begin(alice)];
  const bobs = await begin(await addPerson(server, "bob@a.test"));
  const hash = await grant(session);
  assert.equal(await take(other, hash), false);
  assert.equal(await take(bobs, hash), false);
  assert.equal(await take(session, random(32)), false);
  assert.equal(await take(session, hash), true);
});

test("a grant is good for ten minutes", async (t) => {
  const { server, alice, begin, grant, take } = await start(t);
  assert.equal(GRANT_LIFETIME, 600_000);
  const session = await begin(alice);
  const [early, late] = [await grant(session), await grant(session)];
  server.clock.time += GRANT_LIFETIME - 1;
  assert.equal(await take(session, early), true);
  server.clock.time += 1;
  assert.equal(await take(session, late), false);
});

test("a call that fails leaves its grant as it was", async (t) => {
  const { server, store, alice, begin, grant, take } = await start(t);
  const session = await begin(alice);
  const hash = await grant(session);
  const failing = store.transaction(async (tx) => {
    assert.equal(await takeGrant(tx, { hash, sessionId: session, now: server.clock.time }), true);
    throw new Error("the guarded call fails");
  });
  await assert.rejects(failing, /guarded call/);
  assert.equal(await take(session, hash), true);
});

test("a session that has ended takes its grants with it, and no other session's", async (t) => {
  const { store, alice, begin, grant, take } = await start(t);
  const { accountId } = alice.session;
  const [first, second, third] = [await begin(alice), await begin(alice), await begin(alice)];
  const hashes = {
    first: await grant(first),
    second: await grant(second),
    third: await grant(third),
  };
  await store.transaction((tx) => deleteSession(tx, accountId, first));
  assert.equal(await take(first, hashes.first), false);
  assert.equal(await store.transaction((tx) => deleteOtherSessions(tx, accountId, third)), 1);
  assert.equal(await take(second, hashes.second), false);
  const rows = await store.db.selectFrom("grants").selectAll().execute();
  assert.equal(rows.length, 1);
  // Of a step-up that was under way meanwhile.
  assert.equal(await take(first, await grant(first)), false);
  assert.equal(await take(third, hashes.third), true);
});

test("nobody ends a session of another account, nor its grants", async (t) => {
  const { server, store, alice, begin, grant, take } = await start(t);
  const bob = await addPerson(server, "bob@a.test");
  const session = await begin(alice);
  const hash = await grant(session);
  const { accountId } = bob.session;
  assert.equal(await store.transaction((tx) => deleteSession(tx, accountId, session)), false);
  const kept = await begin(bob);
  assert.equal(await store.transaction((tx) => deleteOtherSessions(tx, accountId, kept)), 0);
  assert.equal(await take(session, hash), true);
});

test("what has run out is deleted, and nothing else", async (t) => {
  const { server, store, alice, begin, grant, take } = await start(t);
  const { accountId } = alice.session;
  const day = 86_400_000;
  const old = await begin(alice);
  await grant(old);
  server.clock.time += 30 * day;
  const young = await begin(alice);
  const hash = await grant(young);
  const purged = await store.transaction((tx) => purgeSessions(tx, server.clock.time));
  assert.equal(purged, 2);
  const left = await listSessions(store.db, accountId, server.clock.time);
  assert.equal(left.length, 1);
  assert.equal(await take(young, hash), true);
});
