/** The main job as the engine does it, over a real server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fetch } from "@keypears/client";
import { follow, passwordOf, shown, startTown } from "./engines.ts";

test("two people meet: a request, an answer, new messages at once, and the whole history elsewhere", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const bob = await town.signUp("bob");

  const contact = await alice.client.directory.lookUp(bob.address);
  assert.deepEqual([contact.state, contact.records.length], ["first", 1]);
  const atBob = follow(t, bob);
  await atBob.connection("live");
  const sent = await alice.client.messages.send({ to: bob.address, text: "Are you there?" });
  assert.deepEqual([sent.state, sent.verified, sent.direction], ["delivered", true, "sent"]);
  await atBob.text("Are you there?");

  const [request] = (await bob.client.messages.listRequests()).conversations;
  assert.deepEqual(
    [request?.peer, request?.waiting, request?.unread, request?.last?.text],
    [alice.address, 1, 1, "Are you there?"],
  );
  const back = await bob.client.directory.lookUp(alice.address);
  assert.equal(back.safetyNumber, contact.safetyNumber);
  const accepted = await bob.client.messages.accept(alice.address);
  assert.deepEqual([accepted.accepted, accepted.waiting], [true, 0]);
  const marked = await bob.client.messages.markRead(alice.address, accepted.lastRevision);
  assert.equal(marked.unread, 0);

  const atAlice = follow(t, alice);
  await atAlice.connection("live");
  await bob.client.messages.send({ to: alice.address, text: "Yes. 🍐" });
  await atAlice.text("Yes. 🍐");
  assert.equal((await alice.client.messages.quote(bob.address)).purpose, "message");

  const history = [
    ["Are you there?", true],
    ["Yes. 🍐", true],
  ];
  assert.deepEqual(await shown(alice, bob.address), history);
  assert.deepEqual(await shown(bob, alice.address), history);
  const hits: (string | null)[] = [];
  for await (const hit of alice.client.messages.search({ text: "YES" })) hits.push(hit.text);
  assert.deepEqual(hits, ["Yes. 🍐"]);

  assert.deepEqual(await alice.client.account.logOut(), { ended: true });
  const failure = (await atAlice.failure()) as { code: string };
  assert(["unauthenticated", "not_logged_in"].includes(failure.code));
  await assert.rejects(shown(alice, bob.address), { code: "not_logged_in" });
  const elsewhere = town.device();
  await elsewhere.client.account.logIn({ address: alice.address, password: passwordOf("alice") });
  assert.deepEqual(await shown(elsewhere, bob.address), history);
  const all = [...atBob.messages(), ...atAlice.messages()];
  assert(all.every(({ verified, missing }) => verified && missing.length === 0));
});

test("50 messages at once arrive, once each, in the order in which they were written", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const bob = await town.signUp("bob");
  await bob.client.messages.send({ to: alice.address, text: "write to me" });
  const atBob = follow(t, bob);
  await atBob.connection("live");
  const written = Array.from({ length: 50 }, (_, index) => `message ${index}`);
  const acknowledged: (string | null)[] = [];
  await Promise.all(
    written.map(async (text) => {
      const sent = await alice.client.messages.send({ to: bob.address, text });
      acknowledged.push(sent.text);
    }),
  );
  assert.deepEqual(acknowledged, written);
  await atBob.text("message 49");
  assert.deepEqual(
    atBob.messages().map(({ text, missing }) => [text, missing.length]),
    written.map((text) => [text, 0]),
  );
  const inOrder = [["write to me", true], ...written.map((text) => [text, true])];
  assert.deepEqual(await shown(bob, alice.address), inOrder);
  assert.deepEqual(await shown(alice, bob.address), inOrder);
});

test("what the network repeats ten times arrives once, and so does what it loses and the engine repeats", async (t) => {
  const town = await startTown(t);
  const bob = await town.signUp("bob");
  let mode: "repeat" | "lose" = "repeat";
  let losses = 2;
  const unreliable: Fetch = async (url, init) => {
    const send = () => town.node.fetch(url, init);
    if (!url.endsWith("/messages/send")) return send();
    if (mode === "repeat") {
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      return answers[9] as Response;
    }
    const answer = await send();
    if (losses-- > 0) throw new TypeError("the connection broke");
    return answer;
  };
  const alice = await town.signUp("alice", unreliable);
  const repeated = await alice.client.messages.send({ to: bob.address, text: "repeated" });
  assert.deepEqual([repeated.text, repeated.state], ["repeated", "delivered"]);
  mode = "lose";
  await alice.client.messages.send({ to: bob.address, text: "lost twice" });
  const once = [
    ["repeated", true],
    ["lost twice", true],
  ];
  assert.deepEqual(await shown(bob, alice.address), once);
  assert.deepEqual(await shown(alice, bob.address), once);
});

test("of two who sign up for one name at once, one gets it and the other is told", async (t) => {
  const town = await startTown(t);
  const ends = await Promise.allSettled([town.signUp("alice"), town.signUp("alice")]);
  const won = ends.filter(({ status }) => status === "fulfilled");
  const lost = ends.find(({ status }) => status === "rejected");
  assert.equal(won.length, 1);
  assert(lost?.status === "rejected");
  assert.equal((lost.reason as { code: string }).code, "address_taken");
});

test("a block is silent for the blocked, and what was dropped never appears", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const mallory = await town.signUp("mallory");
  const write = (text: string) => mallory.client.messages.send({ to: alice.address, text });
  await write("before");
  await alice.client.messages.accept(mallory.address);
  await alice.client.messages.block(mallory.address);
  assert.deepEqual(
    (await alice.client.messages.listBlocks()).map(({ target }) => target),
    [mallory.address],
  );
  const dropped = await write("while blocked");
  assert.deepEqual([dropped.state, dropped.verified], ["delivered", true]);
  assert.deepEqual(await shown(mallory, alice.address), [
    ["before", true],
    ["while blocked", true],
  ]);
  await alice.client.messages.unblock(mallory.address);
  await write("after");
  assert.deepEqual(await shown(alice, mallory.address), [
    ["before", true],
    ["after", true],
  ]);
});

test("what was declined is gone, and five messages of a stranger wait at most", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const eve = await town.signUp("eve");
  const write = (text: string) => eve.client.messages.send({ to: alice.address, text });
  for (let index = 0; index < 5; index++) await write(`offer ${index}`);
  await assert.rejects(write("one more"), { code: "too_many_waiting" });
  const declined = await alice.client.messages.decline(eve.address);
  assert.deepEqual([declined.waiting, declined.last], [0, null]);
  assert.deepEqual((await alice.client.messages.listRequests()).conversations, []);
  assert.deepEqual(await shown(alice, eve.address), []);
});

test("the price that somebody sets is what others are asked for, and what is too dear is asked about first", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const bob = await town.signUp("bob");
  const set = await alice.client.account.setSettings({ firstContact: 300_000_000 });
  assert.equal(set.firstContact, 300_000_000);
  await assert.rejects(bob.client.messages.send({ to: alice.address, text: "hello" }), {
    code: "too_expensive",
    difficulty: 300_000_000,
    reason: "first-contact",
  });
});

test("a session that is ended ends everywhere, and takes the keys from its device", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const other = town.device();
  const { address } = alice;
  await other.client.account.logIn({ address, password: passwordOf("alice") });
  const following = follow(t, alice);
  await following.connection("live");
  assert.equal((await other.client.account.listSessions()).length, 2);
  assert.equal(await other.client.account.endOtherSessions(), 1);
  assert.equal(((await following.failure()) as { code: string }).code, "unauthenticated");
  assert.equal(await alice.client.account.saved(), null);
  assert.deepEqual(Object.keys(alice.store.dump()["account"] as object).toSorted(), [
    ...["address", "kdfSuite"],
  ]);
  await assert.rejects(alice.client.messages.listConversations(), { code: "not_logged_in" });
});

test("a wrong password, a taken name, a user who is not there: each is told as such", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const { client } = town.device();
  const password = passwordOf("bob");
  const { address } = alice;
  await assert.rejects(client.account.logIn({ address, password }), { code: "wrong_credentials" });
  await assert.rejects(client.account.logIn({ address: town.addressOf("nobody"), password }), {
    code: "wrong_credentials",
  });
  await assert.rejects(client.account.signUp({ address, password, strength: 4 }), {
    code: "address_taken",
  });
  assert.equal(await client.account.checkAvailability(address), "taken");
  assert.equal(await client.account.checkAvailability(town.addressOf("bob")), "available");
  assert.equal(await client.account.checkAvailability(town.addressOf("admin")), "reserved");
  const to = town.addressOf("nobody");
  await assert.rejects(alice.client.directory.lookUp(to), { code: "no_such_user" });
  await assert.rejects(alice.client.messages.send({ to, text: "hello" }), {
    code: "no_such_user",
  });
});
