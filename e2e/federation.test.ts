/** The main job across domains, as people do it on the command line: servers that have never met, over real TLS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Person, type Town, eventually, startTown } from "./processes.ts";
import { type Teller, SOON, assertKeptSecret, deliver, outcome, tellStory } from "./shell-story.ts";

async function newcomer(town: Town, address: string): Promise<Person> {
  const person = town.person(address);
  await person.ok("signup", address);
  return person;
}

function teller(town: Town, address: string): Teller {
  const password = `${address} likes eleven pears`;
  return {
    address,
    password,
    person: town.person(address, { password }),
    elsewhere: town.person(address, { password, device: "another device" }),
    server: town.server(address.slice(address.indexOf("@") + 1)),
  };
}

const textsOf = (lines: readonly Record<string, unknown>[]): unknown[] =>
  lines.map((line) => line.text);

test("two people of two domains meet: a request, an answer, new messages at once, and the whole history elsewhere", async (t) => {
  // One serves itself; the other's file names a host that serves nothing but its API.
  const town = await startTown(t, [
    "a.test",
    { domain: "b.test", apiDomain: "kp.host.test", file: "elsewhere" },
  ]);
  const [alice, bob] = [teller(town, "alice@a.test"), teller(town, "bob@b.test")];
  const secrets = await tellStory(t, alice, bob);
  // What both servers keep and log of it: who and when, never what; and the logs name nobody.
  await assertKeptSecret([alice.server, bob.server], secrets, [alice.address, bob.address]);
});

test("who is blocked, alone or with a whole domain, sees nothing of it, and what was dropped never appears", async (t) => {
  const town = await startTown(t, ["a.test", { domain: "b.test", apiDomain: "kp.b.test" }]);
  const alice = await newcomer(town, "alice@a.test");
  const mallory = await newcomer(town, "mallory@b.test");
  await deliver(mallory, "alice@a.test", "before");
  await alice.ok("accept", "mallory@b.test");
  for (const target of ["mallory@b.test", "b.test"]) {
    await alice.ok("block", target);
    await deliver(mallory, "alice@a.test", `while ${target} is blocked`);
    await alice.ok("unblock", target);
  }
  await deliver(mallory, "alice@a.test", "after");
  const seen = await alice.ok("read", "mallory@b.test");
  assert.deepEqual(textsOf(seen), ["before", "after"]);
  assert.deepEqual(
    seen.map((line) => line.verified),
    [true, true],
  );
});

test("a sixth message that waits, nobody of that name and a domain out of reach are three things, each said within ten seconds", async (t) => {
  const town = await startTown(t, ["a.test", "b.test"]);
  const alice = await newcomer(town, "alice@a.test");
  await newcomer(town, "bob@b.test");
  for (let number = 1; number <= 5; number++) await deliver(alice, "bob@b.test", `waits ${number}`);
  await alice.ok("send", "bob@b.test", "waits 6");
  const sixth = await outcome(alice, "bob@b.test", "waits 6");
  assert.deepEqual([sixth.state, sixth.reason], ["failed", "too_many_waiting"]);

  await town.server("b.test").stop();
  for (const [peer, code] of [
    ["nobody@a.test", "no_such_user"],
    ["somebody@nowhere.test", "domain_unreachable"],
    ["bob@b.test", "domain_unreachable"],
  ] as const) {
    for (const args of [
      ["lookup", peer],
      ["send", peer, "hello"],
    ]) {
      const began = performance.now();
      assert.equal(await alice.fails(...args), code, args.join(" "));
      assert(performance.now() - began < 10_000);
    }
  }
  await town.start("b.test");
  await eventually(SOON, async () => {
    const { lines } = await alice.run(["lookup", "nobody@b.test"]);
    const code = (lines.at(-1)?.error as { code?: unknown } | undefined)?.code;
    return code === "no_such_user" ? true : null;
  });
});

test("what was sent while the peer's server died arrives by itself once it is back, both ways", async (t) => {
  const town = await startTown(t, ["a.test", "b.test"]);
  const alice = await newcomer(town, "alice@a.test");
  const bob = await newcomer(town, "bob@b.test");
  await deliver(alice, "bob@b.test", "one");
  await deliver(bob, "alice@a.test", "two");
  for (const [domain, from, to] of [
    ["b.test", alice, "bob@b.test"],
    ["a.test", bob, "alice@a.test"],
  ] as const) {
    await town.server(domain).stop();
    // It has given the challenge and is gone when the message is announced.
    const doomed = await town.start(domain, { killAt: "notified" });
    const text = `to ${domain}`;
    const [sent] = await from.ok("send", to, text);
    assert.equal(sent?.state, "pending");
    assert.equal(await doomed.ended, null);
    const waiting = await eventually(SOON, async () => {
      const line = (await from.ok("read", to)).at(-1);
      return line?.reason === "connect" ? line : null;
    });
    assert.deepEqual([waiting.text, waiting.state], [text, "pending"]);
    await town.start(domain);
    assert.equal((await outcome(from, to, text)).state, "delivered");
  }
  const expected = ["one", "two", "to b.test", "to a.test"];
  assert.deepEqual(textsOf(await alice.ok("read", "bob@b.test")), expected);
  assert.deepEqual(textsOf(await bob.ok("read", "alice@a.test")), expected);
});
