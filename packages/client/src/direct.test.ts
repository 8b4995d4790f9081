import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredMessage } from "@keypears/api";
import { type Address, type PublishedRecord, hashRecord, parseHeader } from "@keypears/protocol";
import { createClient } from "./client.ts";
import { type AskDomain, directDirectory } from "./direct.ts";
import { ClientError } from "./errors.ts";
import { type Account, type Person, Town } from "./testing/town.ts";

/** Somebody with a program that can ask a domain itself. */
async function pair() {
  const town = new Town();
  town.elsewhere.add("b.test");
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@b.test");
  const client = asking(alice, town.askDomain);
  const lookUp = () => client.directory.lookUp(bob.address);
  const send = () => client.messages.send({ to: bob.address, text: "hello" });
  return { town, alice, bob, client, lookUp, send };
}

function asking({ ports }: Person, ask: AskDomain) {
  return createClient({ session: "bearer", ports: { ...ports, direct: directDirectory(ask) } });
}

/** What somebody's own server makes of an account. */
async function faked(
  town: Town,
  { address, published, sets }: Account,
  change: (account: Account) => Promise<void>,
): Promise<void> {
  const fake = { ...town.account(address), published: [...published], sets: [...sets] };
  await change(fake);
  show(town, address, fake.published);
}

/** Lets the own server show these records of an address, and name their last as the newest. */
function show(town: Town, address: Address, records: readonly PublishedRecord[]): void {
  town.on("directory.lookUp", async (next, input) => {
    if (input.address !== address) return next();
    return { address, records: records.slice((input.from ?? 1) - 1), next: null };
  });
}

const fork = { code: "keys_fork", reason: "directories" };

test("a look-up asks the domain as well, and says that both show the same", async () => {
  const { town, bob, lookUp } = await pair();
  const first = await lookUp();
  assert.deepEqual([first.state, first.direct], ["first", "same"]);
  assert.deepEqual(town.askedDirectly, [bob.address]);
  assert.deepEqual([(await lookUp()).state, town.askedDirectly.length], ["same", 2]);
});

test("a program that asks no domain says so, and sends", async () => {
  const { town, alice, bob } = await pair();
  assert.equal((await alice.client.directory.lookUp(bob.address)).direct, null);
  await alice.client.messages.send({ to: bob.address, text: "hello" });
  assert.deepEqual(town.askedDirectly, []);
});

test("somebody whom the own server made up is never written to, and nothing of them is remembered", async () => {
  const { town, alice, bob, client, lookUp, send } = await pair();
  await faked(town, bob.account, async (fake) => {
    fake.published = [];
    fake.sets = [];
    await town.addKeySet(fake, "initial");
  });
  for (let time = 0; time < 2; time++) {
    await assert.rejects(send(), fork);
    await assert.rejects(client.messages.quote(bob.address), fork);
    const contact = await lookUp();
    assert.deepEqual(
      [contact.state, contact.direct, contact.verified],
      ["fork", "different", false],
    );
    await assert.rejects(client.directory.acknowledge(bob.address, contact.newest), fork);
  }
  assert.equal(await alice.store.read(`keys/${bob.address}`), undefined);
  assert.equal(town.count("messages.requestChallenge"), 0);
  assert.equal(town.count("messages.send"), 0);
  // It ends when the own server shows what the domain shows.
  town.on("directory.lookUp", null);
  assert.deepEqual([(await lookUp()).state, (await lookUp()).direct], ["first", "same"]);
  await send();
});

test("somebody of whom only the own server knows counts as made up", async () => {
  const { town, alice, bob } = await pair();
  for (const [status, code] of [
    [404, "no_such_user"],
    [409, "not_ready"],
  ] as const) {
    const client = asking(alice, async () => ({
      ok: true,
      answer: { status, body: { code, message: "" } },
    }));
    await assert.rejects(client.messages.send({ to: bob.address, text: "hello" }), fork);
    assert.equal((await client.directory.lookUp(bob.address)).direct, "different");
  }
  assert.equal(town.count("messages.send"), 0);
});

test("a reset that only the own server shows is a fork, at the first writing too: anybody can make one", async () => {
  for (const known of [false, true]) {
    const { town, bob, client, lookUp, send } = await pair();
    if (known) await client.directory.markVerified(bob.address, (await lookUp()).newest);
    await faked(town, bob.account, (fake) => town.addKeySet(fake, "reset"));
    town.clock.advance(3_600_000);
    await assert.rejects(send(), known ? { code: "keys_reset" } : fork);
    const contact = await lookUp();
    assert.deepEqual(
      [contact.state, contact.direct, contact.verified],
      ["fork", "different", false],
    );
    await assert.rejects(client.directory.acknowledge(bob.address, contact.newest), fork);
    // Not even where the own server then shows it to somebody who asks it alone.
    await assert.rejects(send(), fork);
    assert.equal(town.count("messages.send"), 0);
  }
});

test("somebody who was verified is not any more once the two directories differ", async () => {
  const { town, bob, client, lookUp } = await pair();
  await client.directory.markVerified(bob.address, (await lookUp()).newest);
  await faked(town, bob.account, (fake) => town.addKeySet(fake, "reset"));
  assert.deepEqual([(await lookUp()).state, (await lookUp()).verified], ["fork", false]);
  town.on("directory.lookUp", null);
  assert.deepEqual([(await lookUp()).state, (await lookUp()).verified], ["same", false]);
});

test("a rotation that only one of the two shows yet is signed by the keys before: the longer answer counts", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  const old = [...bob.account.published];
  await lookUp();
  await town.addKeySet(bob.account, "rotation");
  // The domain is behind.
  const client = asking(alice, async (address) => ({
    ok: true,
    answer: {
      status: 200,
      body: await town.askDomain(address, {}).then((all) => {
        const { body } = (all as { answer: { body: { records: unknown[] } } }).answer;
        return { ...body, records: body.records.slice(0, 1), next: null };
      }),
    },
  }));
  const ahead = await client.directory.lookUp(bob.address);
  assert.deepEqual([ahead.state, ahead.direct, ahead.newest.number], ["rotated", "same", 2]);

  // The own server is.
  await town.addKeySet(bob.account, "rotation");
  show(town, bob.address, [...old]);
  const behind = await lookUp();
  assert.deepEqual([behind.state, behind.direct, behind.newest.number], ["rotated", "same", 3]);
  await send();
  const { envelope } = alice.account.messages.at(-1) as StoredMessage;
  assert.equal(parseHeader(envelope?.header as never)?.recipientKeyNumber, 3);
  // Asked alone, it lacks what is known; the domain then shows that nothing is lacking.
  town.clock.advance(3_600_000);
  await assert.rejects(send(), { code: "keys_shorter" });
  await send();
});

test("a reset that the own server hides is seen", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  const old = [...bob.account.published];
  await town.addKeySet(bob.account, "reset");
  show(town, bob.address, old);
  // At first sight there is nothing to compare it with; the keys are the domain's.
  assert.deepEqual([(await lookUp()).newest.number, (await lookUp()).direct], [2, "same"]);
  town.on("directory.lookUp", null);
  await send();
  const before = [...bob.account.published];
  await town.addKeySet(bob.account, "reset");
  show(town, bob.address, before);
  assert.equal((await lookUp()).state, "reset");
  // Whatever the own server says then, in this program and in the next one.
  town.on("messages.requestChallenge", async (next) => ({
    ...(await next()),
    recipientKey: { number: 2, hash: await hashRecord((before[1] as PublishedRecord).record) },
  }));
  await assert.rejects(send(), { code: "keys_reset" });
  const another = asking(alice, town.askDomain);
  await assert.rejects(another.messages.send({ to: bob.address, text: "hello" }), {
    code: "keys_reset",
  });
  assert.equal(town.count("messages.send"), 1);
});

test("a difference from what was known stops writing, also without asking again, until both show the same", async () => {
  const { town, alice, bob, client, lookUp, send } = await pair();
  await lookUp();
  await send();
  await client.directory.markVerified(bob.address, (await lookUp()).newest, false);
  const genuine = { sets: bob.account.sets, published: bob.account.published };
  // The domain now shows other keys, the own server goes on with the old ones.
  show(town, bob.address, genuine.published);
  Object.assign(bob.account, { sets: [], published: [] });
  await town.addKeySet(bob.account, "initial");
  const contact = await lookUp();
  assert.deepEqual([contact.state, contact.direct], ["fork", "different"]);
  await assert.rejects(send(), fork);
  // A program that asks no domain itself shares this device: it does not go on either.
  const other = createClient({ session: "bearer", ports: alice.ports });
  await assert.rejects(other.messages.send({ to: bob.address, text: "hello" }), fork);
  Object.assign(bob.account, genuine);
  await send();
  assert.deepEqual([(await lookUp()).state, (await lookUp()).direct], ["same", "same"]);
});

test("two people who have compared safety numbers are not parted by a domain", async () => {
  const { town, bob, client, lookUp, send } = await pair();
  const genuine = bob.account.published;
  show(town, bob.address, genuine);
  Object.assign(bob.account, { sets: [], published: [] });
  await town.addKeySet(bob.account, "initial");
  const contact = await lookUp();
  assert.equal(contact.state, "fork");
  const compared = await client.directory.markVerified(bob.address, contact.newest);
  assert.deepEqual(
    [compared.state, compared.verified, compared.direct],
    ["same", true, "different"],
  );
  const again = await lookUp();
  assert.deepEqual([again.state, again.verified, again.direct], ["same", true, "different"]);
  const [known] = genuine as [PublishedRecord];
  town.on("messages.requestChallenge", async (next) => ({
    ...(await next()),
    recipientKey: { number: 1, hash: await hashRecord(known.record) },
  }));
  // The words of the domain do not hold it up; here its server then refuses what was sealed to other keys than its own.
  await assert.rejects(send(), { code: "message_refused" });
  assert.equal(town.count("messages.send"), 1);
  await client.directory.markVerified(bob.address, contact.newest, false);
  await assert.rejects(send(), fork);
});

const unasked: readonly [string, AskDomain, string][] = [
  ["the way there", async () => ({ ok: false, reason: "tls" }), "tls"],
  ["a connection", async () => Promise.reject(new ClientError("unreachable")), "connect"],
  ["an answer too large", async () => Promise.reject(new ClientError("bad_answer")), "bad_answer"],
  ["a form of its own", async () => answer(200, { records: "none" }), "bad_answer"],
  ["no chain", async (address) => answer(200, { address, records: [], next: null }), "bad_answer"],
  [
    "another address",
    async () => answer(200, { address: "x@b.test", records: [], next: null }),
    "bad_answer",
  ],
  ["a limit", async () => answer(429, { code: "rate_limited", message: "" }), "busy"],
  ["a busy server", async () => answer(503, { code: "busy", message: "" }), "busy"],
  ["a fault of the server", async () => answer(500, null), "server_error"],
  [
    "a server that does not serve it",
    async () => answer(421, { code: "misdirected", message: "" }),
    "not_served",
  ],
  ["a redirect", async () => answer(301, undefined), "bad_answer"],
];
function answer(status: number, body: unknown) {
  return { ok: true, answer: { status, body } } as const;
}
for (const [what, ask, fault] of unasked) {
  test(`a domain that cannot be asked because of ${what} is no stop, and is told as ${fault}`, async () => {
    const { alice, bob } = await pair();
    const client = asking(alice, ask);
    const contact = await client.directory.lookUp(bob.address);
    assert.deepEqual([contact.state, contact.direct], ["first", fault]);
    await client.messages.send({ to: bob.address, text: "hello" });
  });
}

test("a fault of ours while a domain is asked is not taken for one of the domain", async () => {
  const { alice, bob } = await pair();
  const client = asking(alice, async () => Promise.reject(new TypeError("ours")));
  await assert.rejects(client.directory.lookUp(bob.address), { message: "ours" });
});

test("where the own server is the one that serves the domain, nothing more is said than by itself", async () => {
  const { alice, bob } = await pair();
  const client = asking(alice, async () => ({ ok: false, reason: "same_server" }));
  const contact = await client.directory.lookUp(bob.address);
  assert.deepEqual([contact.state, contact.direct], ["first", null]);
  await client.messages.send({ to: bob.address, text: "hello" });
});

test("the first writing asks the domain, later ones do not, nor another program on the same device; a look-up and a comparison always do", async () => {
  const { town, alice, bob, client, lookUp, send } = await pair();
  const asked = () => town.askedDirectly.splice(0).length;
  await send();
  assert.equal(asked(), 1);
  await send();
  town.clock.advance(3_600_000);
  await send();
  const other = asking(alice, town.askDomain);
  await other.messages.send({ to: bob.address, text: "hello" });
  assert.equal(asked(), 0);
  const { newest } = await lookUp();
  assert.equal(asked(), 1);
  await client.directory.markVerified(bob.address, newest);
  assert.equal(asked(), 1);
  // What is known of the domain outlasts that.
  await send();
  assert.equal(asked(), 0);
});

test("a domain that cannot be asked is asked again for a later message, and not for each", async () => {
  const { town, alice, bob } = await pair();
  let reached = false;
  const client = asking(alice, async (address, options) => {
    const answered = await town.askDomain(address, options);
    return reached ? answered : { ok: false, reason: "timeout" };
  });
  const send = () => client.messages.send({ to: bob.address, text: "hello" });
  const asked = () => town.askedDirectly.splice(0).length;
  await send();
  await send();
  assert.equal(asked(), 1);
  town.clock.advance(10 * 60_000);
  await send();
  await send();
  assert.equal(asked(), 1);
  reached = true;
  town.clock.advance(10 * 60_000);
  await send();
  assert.equal(asked(), 1);
  town.clock.advance(10 * 60_000);
  await send();
  assert.equal(asked(), 0);
});

test("nobody's domain is asked because a message arrived, is read, searched or listed; the first answer to it asks", async () => {
  const { town, alice, bob, client, send } = await pair();
  const stop = new AbortController();
  const events = client.messages.follow({ signal: stop.signal })[Symbol.asyncIterator]();
  await events.next();
  const { id } = await bob.client.messages.send({ to: alice.address, text: "are you there?" });
  town.deliver(bob.account, id);
  for (;;) {
    const { value } = await events.next();
    if (value?.type === "message") break;
  }
  stop.abort();
  await client.messages.read({ peer: bob.address });
  await client.messages.listRequests();
  await client.messages.accept(bob.address);
  for await (const found of client.messages.search({ text: "there" })) assert(found.verified);
  town.clock.advance(3_600_000);
  await client.messages.read({ peer: bob.address });
  assert.deepEqual(town.askedDirectly, []);
  await send();
  assert.deepEqual(town.askedDirectly, [bob.address]);
});

test("who looks somebody up and writes to them at once asks the domain once", async () => {
  const { town, lookUp } = await pair();
  await Promise.all([lookUp(), lookUp(), lookUp()]);
  assert.equal(town.askedDirectly.length, 1);
});

test("a chain of several pages is compared whole", async () => {
  const { town, bob, lookUp } = await pair();
  for (let index = 0; index < 119; index++) await town.addKeySet(bob.account, "rotation");
  const contact = await lookUp();
  assert.deepEqual([contact.records.length, contact.direct], [120, "same"]);
  assert.equal(town.askedDirectly.length, 2);
});
