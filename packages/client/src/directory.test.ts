import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@keypears/api";
import {
  type Hash,
  type PublishedRecord,
  type Signature,
  generateKeySet,
  safetyNumber,
  signRecord,
} from "@keypears/protocol";
import { random } from "./testing/ports.ts";
import { type Account, Raw, Town, recordsOf } from "./testing/town.ts";

async function pair() {
  const town = new Town();
  const alice = await town.person("alice@a.test");
  const bob = await town.person("bob@a.test");
  const lookUp = () => alice.client.directory.lookUp(bob.address);
  const send = () => alice.client.messages.send({ to: bob.address, text: "hello" });
  return { town, alice, bob, lookUp, send };
}

/** Another chain of the same length, as a server would make it that wants to read along. */
async function forge(town: Town, account: Account): Promise<void> {
  account.published = [];
  account.sets = [];
  await town.addKeySet(account, "initial");
}

test("somebody who is seen for the first time is remembered, and is the same from then on", async () => {
  const { alice, bob, lookUp } = await pair();
  const first = await lookUp();
  assert.deepEqual(
    [first.state, first.verified, first.records.length, first.since.length],
    ["first", false, 1, 1],
  );
  const [record] = await recordsOf(bob.account);
  assert.deepEqual(first.newest, { number: 1, hash: record?.hash });
  const again = await lookUp();
  assert.deepEqual([again.state, again.since.length], ["same", 0]);
  assert.equal(again.safetyNumber, first.safetyNumber);
  const back = await bob.client.directory.lookUp(alice.address);
  assert.equal(back.safetyNumber, first.safetyNumber);
  assert.match(first.safetyNumber ?? "", /^[0-9]{60}$/);
});

test("one's own address has records and no safety number", async () => {
  const { alice } = await pair();
  const own = await alice.client.directory.lookUp(alice.address);
  assert.deepEqual([own.state, own.safetyNumber, own.records.length], ["same", null, 1]);
});

test("a rotation with continuity is accepted and noted once, and verified stays", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  const first = await lookUp();
  await alice.client.directory.markVerified(bob.address, first.newest);
  await town.addKeySet(bob.account, "rotation");
  const rotated = await lookUp();
  assert.deepEqual(
    [rotated.state, rotated.verified, rotated.since.map(({ number }) => number)],
    ["rotated", true, [2]],
  );
  assert.notEqual(rotated.safetyNumber, first.safetyNumber);
  assert.equal((await lookUp()).state, "same");
  await send();
});

test("a reset stays one until the user has looked at exactly these keys, and takes verified away", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  await alice.client.directory.markVerified(bob.address, (await lookUp()).newest);
  await town.addKeySet(bob.account, "reset");
  for (let look = 0; look < 2; look++) {
    const reset = await lookUp();
    assert.deepEqual(
      [reset.state, reset.verified, reset.since.map(({ number }) => number)],
      ["reset", false, [2]],
    );
  }
  const seen = await lookUp();
  // While the user looks, the server comes with yet other keys.
  await town.addKeySet(bob.account, "rotation");
  await assert.rejects(alice.client.directory.acknowledge(bob.address, seen.newest), {
    code: "keys_reset",
  });
  await assert.rejects(send(), { code: "keys_reset" });
  const now = await lookUp();
  const accepted = await alice.client.directory.acknowledge(bob.address, now.newest);
  assert.deepEqual([accepted.state, accepted.verified], ["same", false]);
  await send();
});

test("another record at a known number is a fork: a hard stop that only safety numbers or the right records end", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  await alice.client.directory.markVerified(bob.address, (await lookUp()).newest);
  const genuine = { sets: bob.account.sets, published: bob.account.published };
  await forge(town, bob.account);
  const fork = await lookUp();
  assert.deepEqual([fork.state, fork.verified], ["fork", false]);
  await assert.rejects(send(), { code: "keys_fork" });
  await assert.rejects(alice.client.directory.acknowledge(bob.address, fork.newest), {
    code: "keys_fork",
  });
  // Longer does not help it.
  await town.addKeySet(bob.account, "rotation");
  assert.equal((await lookUp()).state, "fork");

  Object.assign(bob.account, genuine);
  assert.equal((await lookUp()).state, "same");
  await send();

  await forge(town, bob.account);
  const other = await lookUp();
  const compared = await alice.client.directory.markVerified(bob.address, other.newest);
  assert.deepEqual([compared.state, compared.verified], ["same", true]);
  await send();
});

test("missing records are asked for again for ten minutes, then count as a fork; nothing is sent meanwhile", async () => {
  const { town, bob, lookUp, send } = await pair();
  await town.addKeySet(bob.account, "rotation");
  await lookUp();
  const newest = bob.account.published.pop() as PublishedRecord;
  assert.equal((await lookUp()).state, "shorter");
  await assert.rejects(send(), { code: "keys_shorter" });
  town.clock.advance(10 * 60_000);
  assert.equal((await lookUp()).state, "shorter");
  town.clock.advance(1);
  assert.equal((await lookUp()).state, "fork");
  await assert.rejects(send(), { code: "keys_fork" });
  bob.account.published.push(newest);
  assert.equal((await lookUp()).state, "same");
  // The ten minutes begin anew the next time.
  bob.account.published.pop();
  assert.equal((await lookUp()).state, "shorter");
  assert.equal(town.count("messages.send"), 0);
});

test("a shorter chain that differs from what was known is a fork at once", async () => {
  const { town, bob, lookUp } = await pair();
  await town.addKeySet(bob.account, "rotation");
  await lookUp();
  await forge(town, bob.account);
  assert.equal((await lookUp()).state, "fork");
});

test("what one device remembers holds for every tab, and for a program that starts anew", async () => {
  const { town, alice, bob, lookUp } = await pair();
  await lookUp();
  await town.addKeySet(bob.account, "reset");
  const { createClient } = await import("./client.ts");
  const another = createClient({ session: "bearer", ports: alice.ports });
  assert.equal((await another.directory.lookUp(bob.address)).state, "reset");
  await assert.rejects(another.messages.send({ to: bob.address, text: "hello" }), {
    code: "keys_reset",
  });
  // Not even where the server now names the old keys again as the newest.
  const [record] = await recordsOf(bob.account);
  const recipientKey = { number: 1, hash: record?.hash as Hash };
  town.on("messages.requestChallenge", async (next) => ({ ...(await next()), recipientKey }));
  const third = createClient({ session: "bearer", ports: alice.ports });
  await assert.rejects(third.messages.send({ to: bob.address, text: "hello" }), {
    code: "keys_reset",
  });
  assert.equal(town.count("messages.send"), 0);
  town.on("messages.requestChallenge", null);
  const { newest } = await third.directory.lookUp(bob.address);
  await third.directory.acknowledge(bob.address, newest);
  await another.messages.send({ to: bob.address, text: "hello" });
});

test("records of another address, without continuity, or with a signature of nobody are refused", async () => {
  const { town, alice, bob, lookUp, send } = await pair();
  const [record] = bob.account.published as [PublishedRecord];
  const keySet = await generateKeySet(random);
  const stolen = await signRecord({
    ...{ keySet, address: bob.address, number: 2, reason: "reset", createdAt: town.clock.time },
    previous: random(32) as Hash,
  });
  const rotation = await signRecord({
    ...{ keySet, address: bob.address, number: 2, reason: "rotation" },
    createdAt: town.clock.time + 1,
    previous: (await recordsOf(bob.account))[0]?.hash as Hash,
    previousSigningKey: keySet.signing.privateKey,
  });
  for (const [published, reason] of [
    [alice.account.published, "address"],
    [[{ ...record, possession: random(64) as Signature }], "possession"],
    [[record, stolen], "previous"],
    [[record, rotation], "continuity"],
    [[], "number"],
  ] as const) {
    bob.account.published = [...published];
    await assert.rejects(lookUp(), { code: "keys_refused", reason });
    await assert.rejects(send(), { code: "keys_refused" });
  }
});

test("an answer about another address, or pages that lead nowhere, are refused", async () => {
  const { town, alice, bob, lookUp } = await pair();
  town.on("directory.lookUp", async (next) => ({ ...(await next()), address: alice.address }));
  await assert.rejects(lookUp(), { code: "bad_answer", reason: "address" });
  for (const change of [{ next: 1 }, { next: 3 }]) {
    town.on("directory.lookUp", async (next) => ({ ...(await next()), ...change }));
    await assert.rejects(lookUp(), { code: "bad_answer", reason: "next" });
  }
  let pages = 0;
  town.on("directory.lookUp", async (next, { from }) => ({
    ...(await next()),
    ...(from === undefined ? {} : { records: [] }),
    ...{ next: 2, pages: pages++ },
  }));
  await assert.rejects(lookUp(), { code: "bad_answer", reason: "next" });
  assert.equal(pages, 2);
  town.on("directory.lookUp", async (next) => {
    const { records } = await next();
    return { address: bob.address, records: Array(101).fill(records[0]), next: null };
  });
  await assert.rejects(lookUp(), { code: "bad_answer", reason: "records" });
  town.on("directory.lookUp", async () => new Raw({ address: "bob@a.test", records: "none" }));
  await assert.rejects(lookUp(), { code: "bad_answer" });
});

test("a chain of several pages is read whole, and what was verified is not asked for again in vain", async () => {
  const { town, bob, lookUp } = await pair();
  for (let index = 0; index < 119; index++) await town.addKeySet(bob.account, "rotation");
  const contact = await lookUp();
  assert.equal(contact.records.length, 120);
  assert.equal(town.count("directory.lookUp"), 3, "two pages of Bob's, one of one's own");
  await town.addKeySet(bob.account, "rotation");
  assert.deepEqual([(await lookUp()).state, (await lookUp()).records.length], ["rotated", 121]);
});

test("who asks at once for one address asks once", async () => {
  const { town, alice, bob } = await pair();
  await bob.client.messages.send({ to: alice.address, text: "one" });
  const before = town.calls.length;
  await Promise.all(
    Array.from({ length: 10 }, () => alice.client.messages.read({ peer: bob.address })),
  );
  const asked = town.calls.slice(before).filter((call) => call === "directory.lookUp");
  assert.equal(asked.length, 1);
});

test("a safety number is of the own keys that this device accepts, whatever the server shows of them", async () => {
  const { town, alice, bob } = await pair();
  const [mine] = await recordsOf(alice.account);
  const [hers] = await recordsOf(bob.account);
  await forge(town, alice.account);
  const { safetyNumber: shown } = await alice.client.directory.lookUp(bob.address);
  assert.equal(
    shown,
    await safetyNumber(
      { address: alice.address, recordHash: mine?.hash as Hash },
      { address: bob.address, recordHash: hers?.hash as Hash },
    ),
  );
});

test("nothing is written under own keys that are not those of this device: an alarm", async () => {
  for (const attack of ["forge", "reset"] as const) {
    const { town, alice, send } = await pair();
    if (attack === "forge") await forge(town, alice.account);
    else await town.addKeySet(alice.account, "reset");
    town.clock.advance(61_000);
    await assert.rejects(send(), { code: "own_keys_changed" });
    assert.equal(town.count("messages.send"), 0);
  }
});

test("nothing is written with a key set that is not the published one, even where no record was known", async () => {
  const { town, alice, send } = await pair();
  await forge(town, alice.account);
  await alice.store.change(`keys/${alice.address}`, () => undefined);
  await assert.rejects(send(), { code: "own_keys_changed", reason: "keys" });
});

test("own records that the server lost or spoiled are an alarm for writing, and no reason not to read", async () => {
  const { town, alice, bob, send } = await pair();
  await send();
  alice.account.published = [];
  town.clock.advance(61_000);
  await assert.rejects(send(), { code: "own_keys_changed" });
  const { messages } = await alice.client.messages.read({ peer: bob.address });
  assert.deepEqual(
    messages.map(({ text, verified }) => [text, verified]),
    [["hello", true]],
  );
});

test("somebody who is not there is told as such", async () => {
  const { town, alice } = await pair();
  town.on("directory.lookUp", async () => {
    throw new ApiError("no_such_user");
  });
  await assert.rejects(alice.client.directory.lookUp(alice.address), { code: "no_such_user" });
});

test("a card is read without a session: the records that a server publishes, verified, compared with nothing and not remembered", async () => {
  const { town, bob } = await pair();
  await town.addKeySet(bob.account, "rotation");
  const stranger = await town.device(bob.account);
  await stranger.store.clear();
  const { listRecords } = stranger.client.directory;
  const published = await recordsOf(bob.account);
  assert.deepEqual(
    (await listRecords(bob.address)).map(({ number, hash }) => ({ number, hash })),
    published.map(({ number, hash }) => ({ number, hash })),
  );
  // Other keys under the same address are judged by nothing but their own signatures.
  await forge(town, bob.account);
  assert.equal((await listRecords(bob.address)).length, 1);
  assert.equal(await stranger.store.read(`keys/${bob.address}`), undefined);

  const forged = bob.account.published[0] as PublishedRecord;
  bob.account.published[0] = { ...forged, possession: random(64) as Signature };
  await assert.rejects(listRecords(bob.address), { code: "keys_refused" });
});
