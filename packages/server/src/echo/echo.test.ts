import assert from "node:assert/strict";
import { chmodSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Clock, createClient, fetchTransport } from "@keypears/client";
import { TestClock, isPause } from "@keypears/client/testing";
import { newcomer, signUp } from "../testing/calls.ts";
import { assertConsistent } from "../testing/consistency.ts";
import {
  addCorrespondent,
  correspondentOf,
  machineClock,
  miner,
} from "../testing/correspondent.ts";
import {
  type Network,
  type NetworkNode,
  type NetworkOptions,
  startNetwork,
} from "../testing/network.ts";
import { addKeySet, addPerson, random } from "../testing/people.ts";
import { patiently } from "../testing/town.ts";
import { address } from "../testing/values.ts";
import { EchoDevice } from "./device.ts";

const [echoA, echoB] = [address("echo@a.test"), address("echo@b.test")];

interface Started {
  readonly network: Network;
  /** The first server. */
  readonly a: NetworkNode;
}

/** Servers with an echo account each, unless the settings say otherwise. */
async function start(
  t: TestContext,
  domains: readonly string[] = ["a.test"],
  options: NetworkOptions = {},
): Promise<Started> {
  const env = { KEYPEARS_ECHO: "echo", ...options.env };
  const network = await startNetwork(domains, { hurry: 20, ...options, env });
  t.after(async () => {
    for (const { running, context } of network.nodes) {
      if (running) await assertConsistent(context.store);
    }
    await network.close();
  });
  return { network, a: network.node(domains[0] ?? "") };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-echo-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Waits until a server has said this in its log, so many times. */
function logs(node: NetworkNode, words: RegExp, times = 1): Promise<unknown> {
  return patiently(async () => {
    const said = node.lines.filter((line) => words.test(line));
    return said.length >= times ? said : null;
  });
}

const isReady = /the echo account is ready/;

/** A clock that stands still unless pauses are to be over at once, for servers and everybody on them. */
function standing(skips: TestClock["skips"] = () => false): NetworkOptions & { clock: Clock } {
  const clock = new TestClock();
  clock.skips = skips;
  return { clock, now: () => clock.now(), echo: { clock } };
}

test("whoever writes to it gets the message back, from its own domain and from another", async (t) => {
  const { network, a } = await start(t, ["a.test", "b.test"]);
  await logs(a, isReady);
  const alice = await addCorrespondent(a, "alice@a.test");
  const bob = await addCorrespondent(network.node("b.test"), "bob@b.test");
  for (const { answersTo, answerTo, write } of [alice, bob]) {
    const first = await write(echoA, "Grüße — 你好 🍐\nand a tail \n");
    const answer = await answerTo(first);
    assert.deepEqual(
      [answer.text, answer.from, answer.verified, answer.ref, answer.missing],
      ["Grüße — 你好 🍐\nand a tail \n", echoA, true, first.id, []],
    );
    // In a conversation from now on: as many as one likes, each answered once and in their order.
    const texts = ["1", "2", "3", "4", "5", "6", "7"];
    const more = await Promise.all(texts.map((text) => write(echoA, text)));
    const answers = [];
    for (const message of more) answers.push(await answerTo(message));
    assert.deepEqual(
      answers.toSorted((one, other) => one.revision - other.revision).map(({ text }) => text),
      texts,
    );
    for (const message of [first, ...more]) assert.equal((await answersTo(message)).length, 1);
  }
});

test("its name is nobody else's to sign up, also before the account is there, and a closed server has it too", async (t) => {
  const { a } = await start(t, ["a.test"], { env: { KEYPEARS_REGISTRATION: "closed" } });
  await logs(a, isReady);
  const open = await start(t, ["c.test"], { echo: { reached: () => new Promise<void>(() => {}) } });
  const thief = await newcomer("Echo@c.test");
  assert.equal((await signUp(open.a, thief)).error?.code, "address_reserved");
  const look = await open.a.fetch("/api/v1/account/availability?address=echo@c.test");
  assert.deepEqual(await look.json(), { status: "reserved" });
  assert.equal((await signUp(open.a, await newcomer("echo2@c.test"))).error, null);
});

test("an account of that name that is somebody else's stays theirs: the server says so and runs on", async (t) => {
  const dataFolders = [folderOf(t)];
  const before = await start(t, ["a.test"], { dataFolders, env: { KEYPEARS_ECHO: "" } });
  await addPerson({ context: before.a.context, clock: { time: 0 }, folder: "" }, echoA);
  await before.network.close();
  const { a } = await start(t, ["a.test"], { dataFolders });
  await logs(a, /KEYPEARS_ECHO: somebody has signed up under this name/);
  assert.equal((await a.fetch("/health")).status, 200);
  assert(!a.lines.some((line) => isReady.test(line)));
});

test("what came while it was away is answered once, and restarts answer nothing again", async (t) => {
  const dataFolders = [folderOf(t), folderOf(t)];
  const domains = ["a.test", "b.test"];
  const first = await start(t, domains, { dataFolders });
  await logs(first.a, isReady);
  const { person: alice } = await addCorrespondent(first.a, "alice@a.test");
  const { person: bob } = await addCorrespondent(first.network.node("b.test"), "bob@b.test");
  await first.network.close();

  // The server is there, its echo account is not.
  const away = await start(t, domains, { dataFolders, env: { KEYPEARS_ECHO: "" } });
  const [atA, atB] = away.network.nodes as [NetworkNode, NetworkNode];
  const fromAlice = await correspondentOf(atA, alice);
  const fromBob = await correspondentOf(atB, bob);
  const messages = [
    await fromAlice.write(echoA, "one"),
    await fromBob.write(echoA, "two"),
    await fromAlice.write(echoA, "three"),
  ];
  await patiently(async () => {
    const { messages: own } = await fromBob.client.messages.read({ peer: echoA });
    return own.at(-1)?.state === "delivered" ? true : null;
  });
  await away.network.close();

  const again = await start(t, domains, { dataFolders });
  const [a, b] = again.network.nodes as [NetworkNode, NetworkNode];
  const [alices, bobs] = [await correspondentOf(a, alice), await correspondentOf(b, bob)];
  for (const [message, who] of [messages[0], messages[1], messages[2]].map(
    (message, index) => [message, index === 1 ? bobs : alices] as const,
  )) {
    assert(message);
    assert.equal((await who.answerTo(message)).text, message.text);
  }
  for (let restarts = 1; restarts <= 2; restarts++) {
    await a.restart();
    await logs(a, isReady, restarts + 1);
    // Whoever writes now is answered after all that is older.
    await alices.answerTo(await alices.write(echoA, `after ${restarts}`));
    await bobs.answerTo(await bobs.write(echoA, `after ${restarts}`));
  }
  for (const [index, message] of messages.entries()) {
    assert.equal((await (index === 1 ? bobs : alices).answersTo(message)).length, 1);
  }
});

test("two echo accounts say nothing to each other's answers", async (t) => {
  const { network, a } = await start(t, ["a.test", "b.test"]);
  const b = network.node("b.test");
  await Promise.all([logs(a, isReady), logs(b, isReady)]);
  // With the keys of the one somebody writes to the other.
  const device = EchoDevice.open(a.context.config.dataFolder, echoA);
  t.after(() => device.close());
  const transport = fetchTransport(a.url, (url, init) => a.fetch(new Request(url, init)));
  const client = createClient({
    session: "bearer",
    ports: { transport, store: device, clock: machineClock, random, miner },
  });
  const { id } = await client.messages.send({ to: echoB, text: "Are you there?" });
  const both = async () => (await client.messages.read({ peer: echoB })).messages;
  const answer = await patiently(async () => (await both()).find(({ ref }) => ref === id) ?? null);
  // Each has looked at the other's last word, and answers whoever else writes.
  await patiently(async () => (device.looked() >= answer.revision ? true : null));
  const carol = await addCorrespondent(a, "carol@a.test");
  await carol.answerTo(await carol.write(echoA, "Hello"));
  await carol.answerTo(await carol.write(echoB, "Hello"));
  assert.deepEqual(
    (await both()).map(({ direction, text }) => [direction, text]),
    [
      ["sent", "Are you there?"],
      ["received", "Are you there?"],
    ],
  );
  assert.deepEqual(device.waiting(), []);
});

test("one who writes too much waits for the rest, in order, and keeps nobody else waiting", async (t) => {
  const clock = new TestClock();
  const { a } = await start(t, ["a.test"], {
    now: () => clock.now(),
    // An answer costs 16 here: three at once, and three a minute after that.
    echo: { clock, allowance: { peer: 48, all: 10_000, least: 1 } },
  });
  await logs(a, isReady);
  const alice = await addCorrespondent(a, "alice@a.test", clock);
  const bob = await addCorrespondent(a, "bob@a.test", clock);
  const count = async () =>
    (await alice.client.messages.read({ peer: echoA })).messages.filter(
      ({ direction }) => direction === "received",
    ).length;
  const messages = [await alice.write(echoA, "0")];
  await patiently(async () => ((await count()) === 1 ? true : null));
  for (let number = 1; number < 10; number++) messages.push(await alice.write(echoA, `${number}`));
  for (const answered of [3, 5, 7, 9]) {
    await patiently(async () => ((await count()) >= answered ? true : null));
    await bob.answerTo(await bob.write(echoA, "Hello"));
    assert.equal(await count(), answered);
    clock.advance(40_000);
  }
  await alice.answerTo(messages[9] as (typeof messages)[number]);
  const { messages: all } = await alice.client.messages.read({ peer: echoA });
  const texts = all.filter(({ direction }) => direction === "received").map(({ text }) => text);
  assert.deepEqual(texts, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
});

test("whoever asks for more work than a first contact costs gets no answer, and it says why", async (t) => {
  const { a } = await start(t);
  await logs(a, isReady);
  const alice = await addCorrespondent(a, "alice@a.test");
  const setPrice = (message: number) => alice.client.account.setSettings({ message });
  await setPrice(70_000_001);
  const dear = await alice.write(echoA, "dear");
  await logs(a, /"reason":"too_expensive","msg":"a message is not answered"/);
  await setPrice(16);
  await alice.answerTo(await alice.write(echoA, "cheap"));
  assert.deepEqual(await alice.answersTo(dear), []);
});

test("an answer lives no longer than the message", async (t) => {
  const { a } = await start(t);
  await logs(a, isReady);
  const alice = await addCorrespondent(a, "alice@a.test");
  const deleteAfter = Date.now() + 3_600_000;
  const message = await alice.client.messages.send({ to: echoA, text: "soon gone", deleteAfter });
  assert.equal((await alice.answerTo(message)).deleteAfter, deleteAfter);
});

test("nothing that was written by old keys goes to the keys that a reset has put in their place", async (t) => {
  const { clock, ...options } = standing(isPause);
  let gate = Promise.resolve();
  const { a } = await start(t, ["a.test"], {
    ...options,
    echo: { clock, reached: () => gate },
  });
  await logs(a, isReady);
  const before = await addCorrespondent(a, "alice@a.test", clock);
  await before.answerTo(await before.write(echoA, "I am Alice"));
  const held = Promise.withResolvers<void>();
  gate = held.promise;
  const secret = await before.write(echoA, "by my old keys");
  (clock as TestClock).advance(1_000);
  const server = { context: a.context, clock: { time: clock.now() }, folder: "" };
  await addKeySet(server, before.person, "reset", clock.now());
  const after = await correspondentOf(a, before.person, clock);
  const message = await after.write(echoA, "by my new keys");
  held.resolve();
  assert.equal((await after.answerTo(message)).text, "by my new keys");
  assert.deepEqual(await after.answersTo(secret), []);
  await logs(a, /"reason":"keys_reset","msg":"a message is not answered"/);
});

test("it logs in again when its session has ended", async (t) => {
  const { a } = await start(t);
  await logs(a, isReady);
  const { store } = a.context;
  await store.transaction((tx) => tx.deleteFrom("sessions").execute());
  a.context.events.endAll();
  await logs(a, isReady, 2);
  const alice = await addCorrespondent(a, "alice@a.test");
  await alice.answerTo(await alice.write(echoA, "Hello"));
});

test("with a new database it begins anew, and with a file that others can read it does not begin", async (t) => {
  const dataFolders = [folderOf(t)];
  const first = await start(t, ["a.test"], { dataFolders });
  await logs(first.a, isReady);
  const { person } = await addCorrespondent(first.a, "alice@a.test");
  const early = await correspondentOf(first.a, person);
  await early.answerTo(await early.write(echoA, "Hello"));
  await first.network.close();
  const [folder = ""] = dataFolders;
  for (const file of globSync("keypears.db*", { cwd: folder })) rmSync(join(folder, file));

  const { a, network } = await start(t, ["a.test"], { dataFolders });
  await logs(a, isReady);
  const alice = await addCorrespondent(a, "alice@a.test");
  await alice.answerTo(await alice.write(echoA, "Hello again"));
  await network.close();

  chmodSync(join(folder, "echo", "echo@a.test.db"), 0o644);
  const exposed = await start(t, ["a.test"], { dataFolders });
  await logs(exposed.a, /Others can read .*the echo account does not run/);
  assert.equal((await exposed.a.fetch("/health")).status, 200);
});
