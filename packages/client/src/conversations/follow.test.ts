import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@keypears/api";
import type { PublishedRecord } from "@keypears/protocol";
import { isPause } from "../testing/clock.ts";
import { Told } from "../testing/told.ts";
import { Raw, Town } from "../testing/town.ts";

async function pair() {
  const town = new Town();
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@a.test");
  const write = async (text: string) => {
    town.clock.time += 1000;
    return alice.client.messages.send({ to: bob.address, text });
  };
  return { town, alice, bob, write };
}

test("without a beginning it tells what happens next: the message, its conversation, how far that is", async (t) => {
  const { bob, write } = await pair();
  await write("before");
  const told = new Told(t, bob);
  assert.deepEqual(await told.next("reached"), { type: "reached", revision: 1 });
  await told.connection("live");
  await write("now");
  await told.next("reached");
  assert.deepEqual(
    told.all.map(({ type }) => type),
    ["reached", "connection", "message", "conversation", "reached"],
  );
  const [, , message, conversation, reached] = told.all;
  assert(message?.type === "message" && conversation?.type === "conversation");
  assert.deepEqual(
    [message.message.text, message.message.verified, message.message.direction],
    ["now", true, "received"],
  );
  assert.deepEqual(
    [conversation.conversation.waiting, conversation.conversation.last?.text, reached],
    [2, "now", { type: "reached", revision: 2 }],
  );
});

test("from a revision on it tells everything that has happened since, in order, then goes on", async (t) => {
  const { bob, write } = await pair();
  for (let index = 0; index < 5; index++) await write(`message ${index}`);
  const told = new Told(t, bob, { after: 2 });
  await told.text("message 4");
  await write("message 5");
  await told.text("message 5");
  assert.deepEqual(told.texts, ["message 2", "message 3", "message 4", "message 5"]);
});

test("when the stream ends again and again, every message is told, once", async (t) => {
  const { town, bob, write } = await pair();
  town.clock.skips = isPause;
  const told = new Told(t, bob);
  await told.connection("live");
  for (let round = 0; round < 5; round++) {
    await write(`${round} over the stream`);
    await told.text(`${round} over the stream`);
    town.endStreams();
    await write(`${round} while it was broken`);
    await told.text(`${round} while it was broken`);
    await told.connection("live");
  }
  assert.deepEqual(
    told.texts,
    Array.from({ length: 5 }, (_, round) => [
      `${round} over the stream`,
      `${round} while it was broken`,
    ]).flat(),
  );
});

test("a stream that is cut between a message and its conversation tells neither twice", async (t) => {
  const { town, bob, write } = await pair();
  town.clock.skips = isPause;
  await write("first");
  const told = new Told(t, bob);
  await told.connection("live");
  // The message travels without the id of its revision, which comes with the conversation: here never.
  town.cutAfterMessage = true;
  await write("second");
  await told.text("second");
  await told.next("conversation");
  await write("third");
  await told.text("third");
  await told.next("reached", ({ revision }) => revision === 3);
  assert.deepEqual(told.texts, ["second", "third"]);
  const conversations = told.all.filter(({ type }) => type === "conversation");
  assert.equal(conversations.length, 2);
});

test("where no stream can be opened, changes come by asking; once it can, over the stream", async (t) => {
  const { town, bob, write } = await pair();
  town.clock.skips = isPause;
  town.streaming = "refused";
  await write("before");
  const told = new Told(t, bob);
  assert.deepEqual(await told.next("reached"), { type: "reached", revision: 1 });
  await told.connection("polling");
  await write("by asking");
  await told.text("by asking");
  town.streaming = "works";
  await told.connection("live");
  await write("over the stream");
  await told.text("over the stream");
  assert.deepEqual(told.texts, ["by asking", "over the stream"]);
});

test("a stream that says nothing for 45 seconds is given up, one that speaks is kept", async (t) => {
  const { town, bob, write } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  const next = told.text("by asking");
  for (let beats = 0; beats < 10; beats++) {
    town.clock.advance(44_000);
    town.beat();
    while (town.unheard > 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(town.calls.filter((call) => call === "events").length, 1);
  town.mute();
  await write("by asking");
  assert.equal(await town.clock.skip((length) => length === 45_000), 45_000);
  town.clock.skips = isPause;
  await next;
  await told.connection("live");
  assert.deepEqual(told.texts, ["by asking"]);
});

test("a stream that opens and never says where it begins is given up after ten seconds", async (t) => {
  const { town, bob, write } = await pair();
  town.streaming = "silent";
  const told = new Told(t, bob, { after: 0 });
  const next = told.text("hello");
  await write("hello");
  await town.clock.skip((length) => length === 10_000);
  town.clock.skips = isPause;
  await next;
  await told.connection("polling");
});

test("while the server is away it says so, and catches up when it is back", async (t) => {
  const { town, bob, write } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  town.clock.skips = isPause;
  await write("before");
  town.down = true;
  town.endStreams();
  await told.connection("offline");
  town.down = false;
  await write("meanwhile");
  await told.text("meanwhile");
  await write("after");
  await told.text("after");
  assert.deepEqual(told.texts, ["before", "meanwhile", "after"]);
  const states = told.all.flatMap((event) => (event.type === "connection" ? [event.state] : []));
  assert.deepEqual([states[0], states[1]], ["live", "offline"]);
  assert.notEqual(states.at(-1), "offline");
});

test("a server that is away is tried at growing intervals, and found within half a minute of its return", async (t) => {
  const { town, bob } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  town.down = true;
  town.opened.length = 0;
  const back = told.connection("offline").then(() => told.connection("live"));
  town.endStreams();
  while (town.opened.length < 10) await town.clock.skip(isPause);
  const gaps = town.opened.slice(1).map((time, index) => time - (town.opened[index] as number));
  assert((gaps[0] as number) < 2_000, gaps.join());
  assert(Math.min(...gaps.slice(-2)) > 30_000, gaps.join());
  assert(Math.max(...gaps) < 200_000, gaps.join());
  town.down = false;
  const returned = town.clock.time;
  town.clock.skips = isPause;
  void town.clock.skip(isPause);
  await back;
  assert(town.clock.time - returned < 30_000);
});

test("the end of the session ends it, and takes the keys from the device but not whose they were", async (t) => {
  const { town, bob } = await pair();
  town.clock.skips = isPause;
  const told = new Told(t, bob);
  await told.connection("live");
  const other = await town.device(bob.account);
  const ending = assert.rejects(told.end(), { code: "unauthenticated" });
  await other.client.account.endOtherSessions();
  await ending;
  assert.equal(await bob.client.account.saved(), null);
  assert.deepEqual(bob.store.dump()["account"], { address: bob.address, kdfSuite: 1 });
  await assert.rejects(bob.client.messages.read({ peer: other.address }), {
    code: "not_logged_in",
  });
});

test("a log-out in another tab ends it", async (t) => {
  const { town, bob } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  const ending = assert.rejects(told.end(), (error: Error & { code: string }) =>
    ["unauthenticated", "not_logged_in"].includes(error.code),
  );
  town.clock.skips = isPause;
  await bob.client.account.logOut();
  await ending;
});

test("whoever stops it gets a quiet end, and leaves no stream and no timer behind", async (t) => {
  const { town, bob } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  const ending = told.end();
  await told.stop();
  await ending;
  assert.deepEqual([town.streams, town.clock.sleeping], [0, 0]);
});

test("a mailbox that is older than it was is told: what is shown has to be read anew", async (t) => {
  const { town, bob, write } = await pair();
  town.clock.skips = isPause;
  await write("one");
  await write("two");
  const told = new Told(t, bob, { after: 9 });
  assert.deepEqual(await told.next("rewound"), { type: "rewound", revision: 2 });
  await told.connection("live");
  await write("three");
  await told.text("three");
  town.streaming = "refused";
  town.endStreams();
  Object.assign(bob.account, { revision: 1, messages: [], conversations: new Map() });
  assert.deepEqual(await told.next("rewound"), { type: "rewound", revision: 1 });
});

test("keys that change are told with what they come with, one's own as an alarm", async (t) => {
  const { town, alice, bob, write } = await pair();
  await write("hello");
  await bob.client.directory.lookUp(alice.address);
  const told = new Told(t, bob);
  await told.connection("live");
  await town.addKeySet(alice.account, "rotation");
  const elsewhere = await town.device(alice.account);
  town.clock.advance(61_000);
  await elsewhere.client.messages.send({ to: bob.address, text: "rotated" });
  const rotated = await told.next("keys");
  assert.deepEqual([rotated.contact.address, rotated.contact.state], [alice.address, "rotated"]);
  assert.deepEqual(told.texts, ["rotated"]);
  await town.addKeySet(alice.account, "reset");
  const again = await town.device(alice.account);
  town.clock.advance(61_000);
  await again.client.messages.send({ to: bob.address, text: "reset" });
  assert.equal((await told.next("keys")).contact.state, "reset");

  const { published, sets } = bob.account;
  Object.assign(bob.account, { published: [], sets: [] });
  await town.addKeySet(bob.account, "initial");
  const alarm = told.next("keys");
  town.clock.time += 11 * 60_000;
  town.beat();
  assert.deepEqual(
    [(await alarm).contact.address, (await alarm).contact.state],
    [bob.address, "fork"],
  );
  Object.assign(bob.account, { published, sets });
});

test("while records of somebody are missing, they are asked for again", async (t) => {
  const { town, alice, bob, write } = await pair();
  await write("hello");
  await town.addKeySet(alice.account, "rotation");
  await bob.client.directory.lookUp(alice.address);
  const newest = alice.account.published.pop() as PublishedRecord;
  assert.equal((await bob.client.directory.lookUp(alice.address)).state, "shorter");
  const told = new Told(t, bob);
  await told.connection("live");
  const missing = told.next("keys");
  alice.account.published.push(newest);
  town.clock.time += 31_000;
  town.beat();
  const { contact } = await missing;
  assert.deepEqual([contact.address, contact.state], [alice.address, "same"]);
});

test("a message that never came is missed by the next one that does", async (t) => {
  const { bob, write } = await pair();
  await write("one");
  const told = new Told(t, bob);
  await told.connection("live");
  await write("two");
  await told.text("two");
  // Bob's server stores and tells nothing of the third.
  bob.account.blocked.add("alice@a.test");
  const dropped = await write("three");
  bob.account.blocked.clear();
  await write("four");
  const { message } = await told.text("four");
  assert.deepEqual(message.missing, [dropped.id]);
  const [one, two] = told.all.filter((event) => event.type === "message");
  assert.deepEqual([one?.message.missing, two?.message.missing], [[], [dropped.id]]);
});

test("a change that a stream repeats after it was done with is not told again", async (t) => {
  const { town, bob, write } = await pair();
  const told = new Told(t, bob);
  await told.connection("live");
  await write("one");
  await told.next("reached");
  // The same once more, as from a stream that begins too early.
  town.repeat(bob.account, 0);
  await write("two");
  await told.text("two");
  await told.next("reached", ({ revision }) => revision === 2);
  assert.deepEqual(told.texts, ["one", "two"]);
  assert.equal(told.all.filter(({ type }) => type === "conversation").length, 2);
});

test("what is no change is asked for in another way, and a kind of another version is passed over", async (t) => {
  const { town, bob, write } = await pair();
  town.clock.skips = isPause;
  const told = new Told(t, bob);
  await told.connection("live");
  town.say({ id: "0", event: "change", data: '{"type":"reaction","revision":1}' });
  town.say({ id: null, event: "news", data: "anything" });
  town.say({ id: null, event: "change", data: '{"type":"message","revision":"x"}' });
  await told.connection("polling");
  await write("hello");
  await told.text("hello");
  assert.deepEqual(told.texts, ["hello"]);
});

test("pages of changes that do not lead on are not followed for ever", async (t) => {
  const { town, bob, write } = await pair();
  await write("hello");
  town.clock.skips = isPause;
  town.streaming = "refused";
  let pages = 0;
  town.on("messages.listChanges", async (next) => {
    pages++;
    return pages > 3 ? next() : { changes: [], revision: 0, more: true };
  });
  const told = new Told(t, bob, { after: 0 });
  await told.text("hello");
  await told.connection("polling");
  assert.deepEqual(told.texts, ["hello"]);
  assert(told.all.some((event) => event.type === "connection" && event.state === "offline"));
  town.on("messages.listChanges", async () => new Raw({ changes: "none", revision: 9 }));
  await told.connection("offline");
});

test("while a peer's keys cannot be looked up, their message is told later, not lost", async (t) => {
  const { town, alice, bob, write } = await pair();
  town.clock.skips = isPause;
  const told = new Told(t, bob);
  await told.connection("live");
  let failures = 2;
  town.on("directory.lookUp", async (next, { address }) => {
    if (address === alice.address && failures-- > 0) throw new ApiError("internal");
    return next();
  });
  await write("hello");
  await told.text("hello");
  assert.deepEqual(told.texts, ["hello"]);
  assert(failures <= 0);
});
