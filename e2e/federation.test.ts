/** The main job across domains, as people do it on the command line: servers that have never met, over real TLS. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Person, type Town, eventually, startTown } from "./processes.ts";
import { type Secret, findSecrets, folderContents, profileSecrets, secretText } from "./secrets.ts";

/** As long as a pending message may take, once its peer is back. */
const SOON = 90_000;

type Line = Record<string, unknown>;

async function newcomer(town: Town, address: string): Promise<Person> {
  const person = town.person(address);
  await person.ok("signup", address);
  return person;
}

/** Sends, and waits until the sender sees that it has arrived. */
async function deliver(from: Person, to: string, text: string): Promise<void> {
  const [sent] = await from.ok("send", to, text);
  assert.match(String(sent?.state), /^(pending|delivered)$/);
  const { state } = await outcome(from, to, text);
  assert.equal(state, "delivered");
}

/** How the sender sees a message once it is delivered or failed. */
function outcome(from: Person, to: string, text: string): Promise<Line> {
  return eventually(SOON, async () => {
    const line = (await from.ok("read", to)).findLast((one) => one.text === text);
    return line === undefined || line.state === "pending" ? null : line;
  });
}

const textsOf = (lines: readonly Line[]): unknown[] => lines.map((line) => line.text);

test("two people of two domains meet: a request, an answer, new messages at once, and the whole history elsewhere", async (t) => {
  // One serves itself; the other's file names a host that serves nothing but its API.
  const town = await startTown(t, [
    "a.test",
    { domain: "b.test", apiDomain: "kp.host.test", file: "elsewhere" },
  ]);
  const [alice, bob] = [town.person("alice@a.test"), town.person("bob@b.test")];
  assert.equal((await alice.ok("signup", "alice@a.test"))[0]?.server, "https://a.test");
  assert.equal((await bob.ok("signup", "Bob@B.TEST"))[0]?.server, "https://kp.host.test");

  // Alice looks Bob up and writes; Bob finds a request.
  const [found] = await alice.ok("lookup", "bob@b.test");
  assert.deepEqual(
    [found?.address, (found?.records as unknown[] | undefined)?.length],
    ["bob@b.test", 1],
  );
  assert.match(String(found?.safetyNumber), /^[0-9]{60}$/);
  await deliver(alice, "bob@b.test", "Are you there?");
  assert.deepEqual(await bob.ok("inbox"), []);
  const [request] = await bob.ok("requests");
  assert.equal(request?.address, "alice@a.test");

  // Bob looks the request up before he answers, and they see one safety number.
  const [back] = await bob.ok("lookup", "alice@a.test");
  assert.equal(back?.safetyNumber, found?.safetyNumber);
  const [first] = await bob.ok("read", "alice@a.test");
  assert.deepEqual(
    ["text", "from", "to", "type", "direction", "verified"].map((name) => first?.[name]),
    ["Are you there?", "alice@a.test", "bob@b.test", "text", "received", true],
  );
  await bob.ok("accept", "alice@a.test");
  assert.deepEqual(await bob.ok("requests"), []);
  assert.equal((await bob.ok("inbox"))[0]?.address, "alice@a.test");

  // Both see new messages at once.
  const atAlice = alice.follow(t, "bob@b.test");
  const atBob = bob.follow(t, "alice@a.test");
  await Promise.all([atAlice.text("Are you there?"), atBob.text("Are you there?")]);
  await bob.ok("send", "alice@a.test", "Yes. Writing from here.");
  assert.equal((await atAlice.text("Yes. Writing from here.")).verified, true);
  await alice.ok("send", "bob@b.test", "Grüße — 你好 🍐");
  assert.equal((await atBob.text("Grüße — 你好 🍐")).direction, "received");
  const piped = await bob.run(["send", "alice@a.test"], "two lines\n  and a tail \n");
  assert.equal(piped.code, 0);
  await atAlice.text("two lines\n  and a tail \n");
  await Promise.all([atAlice.stop(), atBob.stop()]);
  assert.deepEqual(textsOf(await alice.ok("search", "writing FROM")), ["Yes. Writing from here."]);

  // Log out: nothing is left to read with. Log in elsewhere: everything opens, and has arrived.
  await alice.ok("logout");
  assert.equal(await alice.fails("read", "bob@b.test"), "not_logged_in");
  const elsewhere = town.person("alice@a.test", { device: "another device" });
  await elsewhere.ok("login", "alice@a.test");
  const history = await eventually(SOON, async () => {
    const lines = await elsewhere.ok("read", "bob@b.test", "--limit", "1000");
    return lines.some((line) => line.state === "pending") ? null : lines;
  });
  assert.deepEqual(
    history.map((line) => [line.direction, line.text, line.verified, line.state]),
    [
      ["sent", "Are you there?", true, "delivered"],
      ["received", "Yes. Writing from here.", true, "delivered"],
      ["sent", "Grüße — 你好 🍐", true, "delivered"],
      ["received", "two lines\n  and a tail \n", true, "delivered"],
    ],
  );

  // What both servers keep and log of it: who and when, never what; and the logs name nobody.
  const secrets: Secret[] = [
    ...["Are you there?", "Yes. Writing from here.", "Grüße — 你好 🍐", "and a tail"].map((text) =>
      secretText(`the message "${text}"`, text),
    ),
    secretText("Alice's password", "alice@a.test likes ripe pears"),
    secretText("Bob's password", "bob@b.test likes ripe pears"),
    ...profileSecrets(elsewhere.home, "alice"),
    ...profileSecrets(bob.home, "bob"),
  ];
  assert(secrets.length >= 12);
  const names = ["alice@", "bob@", "a.test/", "b.test/"].map((name) => secretText(name, name));
  for (const domain of ["a.test", "b.test"]) {
    const server = town.server(domain);
    assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
    assert.equal(await server.stop(), 0);
    const log = server.log().replace(/^KeyPears is at .*$/m, "");
    assert.match(log, /federation\/(notify|pull)/);
    assert.deepEqual(findSecrets([...secrets, ...names], new Map([["log", Buffer.from(log)]])), []);
    assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
  }
  // The search is not blind.
  assert.notDeepEqual(findSecrets(secrets, folderContents(bob.home)), []);
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
