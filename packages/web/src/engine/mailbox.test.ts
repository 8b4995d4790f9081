import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError, ClientError } from "@keypears/client";
import type { Client, MessageView } from "@keypears/client";
import { Town, isPause, random } from "@keypears/client/testing";
import { makeId } from "@keypears/protocol";
import { countNew, openMailbox } from "./mailbox.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Store } from "./store.ts";
import { soleTab } from "./tabs.ts";
import type { TabMessage, Tabs } from "./tabs.ts";

/** Waits until a store says so. */
function until<Value>(store: Store<Value>, holds: (value: Value) => boolean): Promise<Value> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!holds(store.get())) return;
      stop();
      resolve(store.get());
    };
    const stop = store.subscribe(look);
    look();
  });
}

/** Tabs of one browser: one leads, until it ends; all hear each other. */
function browser(): () => Tabs {
  const listeners = new Map<Tabs, Set<(message: TabMessage) => void>>();
  let turn = Promise.resolve();
  return () => {
    const own: Tabs = {
      lead(run, signal) {
        const before = turn;
        const led = before.then(() => (signal.aborted ? undefined : run()));
        turn = led;
        return led;
      },
      tell(message) {
        for (const [tabs, heard] of listeners) {
          if (tabs !== own) for (const listener of heard) listener(structuredClone(message));
        }
      },
      listen(listener) {
        const heard = listeners.get(own) ?? new Set();
        listeners.set(own, heard.add(listener));
        return () => heard.delete(listener);
      },
    };
    return own;
  };
}

async function setting(t: TestContext) {
  const town = new Town();
  town.clock.skips = isPause;
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@a.test");
  const open = (
    client: Client,
    address: typeof alice.address,
    tabs: Tabs = soleTab,
    onEnded: () => void = () => assert.fail("the session ended"),
  ): Mailbox => {
    const mailbox = openMailbox({
      client,
      tabs,
      address,
      ports: {
        now: () => town.clock.now(),
        sleep: (milliseconds, signal) => town.clock.sleep(milliseconds, signal),
        makeId: () => makeId(town.clock.now(), random(10)),
      },
      onEnded,
    });
    t.after(() => mailbox.close());
    return mailbox;
  };
  return { town, alice, bob, open };
}

const texts = (thread: ReturnType<Mailbox["thread"]>) =>
  thread.state.get().messages.map(({ text }) => text);

/** The only message of a conversation. */
function message(thread: ReturnType<Mailbox["thread"]>): MessageView {
  const { messages } = thread.state.get();
  assert.equal(messages.length, 1);
  return messages[0] as MessageView;
}

test("a stranger waits apart, is let in, and both see new messages as they come", async (t) => {
  const { alice, bob, open } = await setting(t);
  const atAlice = open(alice.client, alice.address);
  const atBob = open(bob.client, bob.address);
  await until(atBob.connection, (state) => state === "live");

  const toBob = atAlice.thread(bob.address);
  toBob.open();
  await until(toBob.state, ({ status }) => status === "ready");
  toBob.send("hello");
  await until(toBob.state, ({ messages, outgoing }) => messages.length === 1 && !outgoing.length);

  await until(atBob.lists, ({ known }) => countNew(known).waiting === 1);
  assert.equal(countNew(atBob.lists.get().known).unread, 0);
  await atBob.accept(alice.address);
  assert.equal(countNew(atBob.lists.get().known).waiting, 0);

  const toAlice = atBob.thread(alice.address);
  toAlice.open();
  await until(toAlice.state, ({ messages }) => messages.length === 1);
  toAlice.send("come in");
  await until(toBob.state, ({ messages }) => messages.length === 2);
  assert.deepEqual(texts(toBob), ["hello", "come in"]);
  await until(atAlice.lists, ({ known }) => countNew(known).unread === 1);
  atAlice.markRead(bob.address, toBob.state.get().messages.at(-1)?.revision ?? 0);
  await until(atAlice.lists, ({ known }) => countNew(known).unread === 0);
});

test("what is sent while the server is away goes once when it is back, in its order", async (t) => {
  const { town, alice, bob, open } = await setting(t);
  const mailbox = open(alice.client, alice.address);
  await until(mailbox.connection, (state) => state === "live");
  const thread = mailbox.thread(bob.address);
  thread.open();
  await until(thread.state, ({ status }) => status === "ready");

  town.down = true;
  town.endStreams();
  thread.send("one");
  thread.send("two");
  await until(thread.state, ({ outgoing }) =>
    outgoing.some(({ failure }) => failure === "unreachable"),
  );
  town.down = false;
  await until(thread.state, ({ outgoing }) => outgoing.length === 0);
  assert.deepEqual(texts(thread), ["one", "two"]);
  assert.deepEqual(
    town.account(bob.address).messages.map(({ direction }) => direction),
    ["received", "received"],
  );
});

test("what is for a domain that cannot be reached says where the way ends, goes by itself when it is free, and holds up what comes after it", async (t) => {
  const { town, alice, bob, open } = await setting(t);
  const thread = open(alice.client, alice.address).thread(bob.address);
  thread.open();
  await until(thread.state, ({ status }) => status === "ready");
  let tries = 0;
  town.on("messages.requestChallenge", async (next) => {
    if (++tries <= 3) throw new ApiError("domain_unreachable", { reason: "tls" });
    return next();
  });
  thread.send("one");
  thread.send("two");
  const { outgoing } = await until(thread.state, (state) =>
    state.outgoing.some(({ failure }) => failure !== null),
  );
  assert.deepEqual(
    outgoing.map(({ text, failure, fault }) => [text, failure, fault]),
    [
      ["one", "domain_unreachable", "tls"],
      ["two", null, null],
    ],
  );
  await until(thread.state, (state) => state.outgoing.length === 0);
  assert.deepEqual(texts(thread), ["one", "two"]);
  assert.equal(town.account(bob.address).messages.length, 2);
});

test("what failed on its way is sent again by one word, under its own name, and says why where that is in vain", async (t) => {
  const { town, alice, open } = await setting(t);
  town.elsewhere.add("b.test");
  const carol = await town.person("carol@b.test");
  const mailbox = open(alice.client, alice.address);
  await until(mailbox.connection, (state) => state === "live");
  const thread = mailbox.thread(carol.address);
  thread.open();
  await until(thread.state, ({ status }) => status === "ready");
  thread.send("hello");
  await until(thread.state, ({ messages }) => messages.length === 1);
  const { id } = message(thread);
  town.move(alice.account, id, { step: "queued", reason: "connect" });
  await until(thread.state, () => message(thread).reason === "connect");
  town.fail(alice.account, id, "connect");
  await until(thread.state, () => message(thread).state === "failed");
  await until(mailbox.lists, ({ known }) => known.get(carol.address)?.last?.state === "failed");

  town.faults.set("b.test", "tls");
  await thread.resend(message(thread));
  assert.deepEqual(thread.state.get().resending.get(id), {
    ...{ progress: null, failure: "domain_unreachable", fault: "tls", difficulty: null },
  });
  assert.equal(mailbox.isSending(), false);

  town.faults.clear();
  const again = thread.resend(message(thread));
  assert.notEqual(thread.state.get().resending.get(id)?.progress, null);
  assert.equal(mailbox.isSending(), true);
  await again;
  assert.equal(thread.state.get().resending.size, 0);
  assert.deepEqual([message(thread).id, message(thread).state], [id, "pending"]);
  assert.deepEqual(texts(thread), ["hello"]);
});

test("what a client can mend is mended by itself, and the ring is seen meanwhile", async (t) => {
  const { town, alice, open } = await setting(t);
  town.elsewhere.add("b.test");
  const carol = await town.person("carol@b.test");
  const mailbox = open(alice.client, alice.address);
  await until(mailbox.connection, (state) => state === "live");
  const thread = mailbox.thread(carol.address);
  thread.open();
  await until(thread.state, ({ status }) => status === "ready");
  thread.send("hello");
  await until(thread.state, ({ messages }) => messages.length === 1);
  const { id } = message(thread);
  const ring = until(
    thread.state,
    ({ resending }) => (resending.get(id)?.progress ?? null) !== null,
  );
  town.fail(alice.account, id, "work_expired");
  await ring;
  await until(thread.state, ({ resending }) => resending.size === 0);
  await until(thread.state, () => message(thread).state === "pending");
});

test("a message whose answer was lost is not sent twice", async (t) => {
  const { town, alice, bob, open } = await setting(t);
  const mailbox = open(alice.client, alice.address);
  const thread = mailbox.thread(bob.address);
  thread.open();
  await until(thread.state, ({ status }) => status === "ready");
  let lost = 0;
  town.on("messages.send", async (next) => {
    const answer = await next();
    // Stored, but nobody hears of it.
    if (lost++ < 1) throw new ClientError("unreachable");
    return answer;
  });
  thread.send("only once");
  await until(thread.state, ({ messages, outgoing }) => messages.length + outgoing.length > 0);
  await until(thread.state, ({ outgoing }) => outgoing.length === 0);
  assert.deepEqual(texts(thread), ["only once"]);
  assert.equal(town.account(bob.address).messages.length, 1);
});

test("one tab follows for all, and another takes over when it is closed", async (t) => {
  const { town, alice, bob, open } = await setting(t);
  const newTab = browser();
  const first = open(alice.client, alice.address, newTab());
  await until(first.connection, (state) => state === "live");
  const second = open(alice.client, alice.address, newTab());
  await until(second.connection, (state) => state === "live");
  assert.equal(town.streams, 1);

  await bob.client.messages.send({ to: alice.address, text: "to both" });
  await until(first.lists, ({ known }) => countNew(known).waiting === 1);
  await until(second.lists, ({ known }) => countNew(known).waiting === 1);

  first.close();
  const carol = await town.person("carol@a.test");
  await carol.client.messages.send({ to: alice.address, text: "to whoever is left" });
  await until(second.lists, ({ known }) => countNew(known).waiting === 2);
});

test("a session that the server has ended is over here too", async (t) => {
  const { town, alice, open } = await setting(t);
  const ended = Promise.withResolvers<void>();
  const mailbox = open(alice.client, alice.address, soleTab, ended.resolve);
  await until(mailbox.connection, (state) => state === "live");
  alice.account.sessions.clear();
  town.endStreams();
  await ended.promise;
});

/** Two who are in a conversation, and the first one's thread with the second. */
async function inConversation(t: TestContext) {
  const { town, alice, bob, open } = await setting(t);
  await bob.client.messages.send({ to: alice.address, text: "come in" });
  await alice.client.messages.accept(bob.address);
  await alice.client.messages.send({ to: bob.address, text: "gladly" });
  const thread = open(alice.client, alice.address).thread(bob.address);
  thread.open();
  await until(thread.state, ({ status, messages }) => status === "ready" && messages.length === 2);
  return { town, alice, bob, thread };
}

test("whoever is at the composer has one message's work done ahead, and the next one's when that is sent", async (t) => {
  const { town, alice, thread } = await inConversation(t);
  const before = alice.miner.jobs;
  thread.setWriting(true);
  await until(thread.ahead, (ahead) => ahead?.isDone === true);
  thread.setWriting(true);
  thread.workAhead();
  assert.equal(alice.miner.jobs, before + 1);
  const asked = town.count("messages.requestChallenge");
  thread.send("instantly");
  await until(thread.state, ({ messages }) => messages.length === 3);
  await until(thread.ahead, (ahead) => ahead?.isDone === true);
  assert.equal(alice.miner.jobs, before + 2);
  // The message itself asked for none.
  assert.equal(town.count("messages.requestChallenge"), asked + 1);

  thread.setWriting(false);
  thread.send("and gone");
  await until(thread.state, ({ messages }) => messages.length === 4);
  assert.equal(thread.ahead.get(), null);
  assert.equal(alice.miner.jobs, before + 2);
});

test("work that was done ahead is thrown away before its challenge is over, and a message after that has work of its own", async (t) => {
  const { town, alice, thread } = await inConversation(t);
  thread.workAhead();
  await until(thread.ahead, (ahead) => ahead?.isDone === true);
  const before = alice.miner.jobs;
  await town.clock.skip((length) => length === 12 * 60_000);
  await until(thread.ahead, (ahead) => ahead === null);
  thread.send("late");
  await until(thread.state, ({ messages }) => messages.length === 3);
  assert.equal(alice.miner.jobs, before + 1);
});

test("a message that is still being worked for can be taken back: its text is there again, and its work is the next one's", async (t) => {
  const { town, alice, bob, thread } = await inConversation(t);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  alice.miner.before = () => held;
  const before = alice.miner.jobs;
  thread.workAhead();
  await until(thread.ahead, (ahead) => ahead?.progress.stage === "mining");
  thread.send("not this");
  thread.draft.set("what came after");
  const [one] = (await until(thread.state, ({ outgoing }) => outgoing.length === 1)).outgoing;
  assert.ok(one);
  assert.equal(thread.ahead.get(), null);
  thread.takeBack(one.id);
  assert.deepEqual(thread.state.get().outgoing, []);
  assert.equal(thread.draft.get(), "not this\nwhat came after");
  await until(thread.ahead, (ahead) => ahead?.progress.stage === "mining");
  release();
  await until(thread.ahead, (ahead) => ahead?.isDone === true);
  thread.send("but this");
  await until(thread.state, ({ messages }) => messages.length === 3);
  assert.equal(alice.miner.jobs, before + 1);
  assert.equal(town.account(bob.address).messages.length, 3);
});
