/** The main job, as two people do it on the command line, over a running server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Person, type ServerProcess, startServer, temporaryFolder } from "./processes.ts";

interface Town {
  readonly server: ServerProcess;
  readonly folder: string;
  person(name: string, password?: string): Person;
}

async function town(t: TestContext): Promise<Town> {
  const folder = temporaryFolder(t);
  const server = await startServer(t, { data: join(folder, "data") });
  return {
    server,
    folder,
    person: (name, password = `${name} likes eleven ripe pears`) =>
      new Person({ home: join(folder, name), server: () => server.url, password }),
  };
}

test("two people meet: a request, an answer, new messages at once, and the whole history elsewhere", async (t) => {
  const { person } = await town(t);
  const alice = person("alice");
  const bob = person("bob");
  const [signedUp] = await alice.ok("signup", "alice@localhost");
  assert.equal(signedUp?.address, "alice@localhost");
  await bob.ok("signup", "Bob@LOCALHOST");
  const [who] = await bob.ok("whoami");
  assert.deepEqual([who?.address, who?.activeKey], ["bob@localhost", 1]);

  // Alice looks Bob up and writes; Bob finds a request.
  const [found] = await alice.ok("lookup", "bob@localhost");
  assert.equal(found?.address, "bob@localhost");
  assert.equal((found?.["records"] as unknown[] | undefined)?.length, 1);
  assert.match(String(found?.safetyNumber), /^[0-9]{60}$/);
  const [sent] = await alice.ok("send", "bob@localhost", "Are you there?");
  assert.equal(sent?.state, "delivered");
  assert.deepEqual(await bob.ok("inbox"), []);
  const [request] = await bob.ok("requests");
  assert.equal(request?.address, "alice@localhost");

  // Bob looks the request up before he answers, and they see one safety number.
  const [back] = await bob.ok("lookup", "alice@localhost");
  assert.equal(back?.safetyNumber, found?.safetyNumber);
  const [first] = await bob.ok("read", "alice@localhost");
  assert.deepEqual(
    [first?.text, first?.from, first?.to, first?.type, first?.direction, first?.verified],
    ["Are you there?", "alice@localhost", "bob@localhost", "text", "received", true],
  );
  await bob.ok("accept", "alice@localhost");
  assert.deepEqual(await bob.ok("requests"), []);
  assert.equal((await bob.ok("inbox"))[0]?.address, "alice@localhost");

  // Both see new messages at once.
  const atAlice = alice.follow(t, "bob@localhost");
  const atBob = bob.follow(t, "alice@localhost");
  await atAlice.text("Are you there?");
  await atBob.text("Are you there?");
  await bob.ok("send", "alice@localhost", "Yes. Writing from here.");
  assert.equal((await atAlice.text("Yes. Writing from here.")).verified, true);
  await alice.ok("send", "bob@localhost", "Grüße — 你好 🍐");
  assert.equal((await atBob.text("Grüße — 你好 🍐")).direction, "received");
  const own = await atAlice.text("Grüße — 你好 🍐");
  assert.deepEqual([own.direction, own.verified, own.state], ["sent", true, "delivered"]);
  const piped = await bob.run(["send", "alice@localhost"], "two lines\n  and a tail \n");
  assert.equal(piped.code, 0);
  await atAlice.text("two lines\n  and a tail \n");
  await atAlice.stop();
  await atBob.stop();

  // Search reads what only this device can.
  const hits = await alice.ok("search", "writing FROM");
  assert.deepEqual(
    hits.map((hit) => hit.text),
    ["Yes. Writing from here."],
  );

  // Log out: nothing is left to read with. Log in elsewhere: everything opens.
  await alice.ok("logout");
  assert.equal(await alice.fails("read", "bob@localhost"), "not_logged_in");
  const elsewhere = person("alice-elsewhere", "alice likes eleven ripe pears");
  await elsewhere.ok("login", "alice@localhost");
  const history = await elsewhere.ok("read", "bob@localhost", "--limit", "1000");
  assert.deepEqual(
    history.map((line) => [line.direction, line.text, line.verified]),
    [
      ["sent", "Are you there?", true],
      ["received", "Yes. Writing from here.", true],
      ["sent", "Grüße — 你好 🍐", true],
      ["received", "two lines\n  and a tail \n", true],
    ],
  );
  const newest = await elsewhere.ok("read", "bob@localhost", "--limit", "2");
  assert.deepEqual(
    newest.map((line) => line.text),
    ["Grüße — 你好 🍐", "two lines\n  and a tail \n"],
  );
});

test("a block is silent for the blocked, and what was dropped never appears", async (t) => {
  const { person } = await town(t);
  const alice = person("alice");
  const mallory = person("mallory");
  await alice.ok("signup", "alice@localhost");
  await mallory.ok("signup", "mallory@localhost");
  await mallory.ok("send", "alice@localhost", "before");
  await alice.ok("accept", "mallory@localhost");
  await alice.ok("block", "mallory@localhost");
  const [dropped] = await mallory.ok("send", "alice@localhost", "while blocked");
  assert.equal(dropped?.state, "delivered");
  const [atMallory] = (await mallory.ok("read", "alice@localhost")).slice(-1);
  assert.deepEqual([atMallory?.text, atMallory?.state], ["while blocked", "delivered"]);
  await alice.ok("unblock", "mallory@localhost");
  await mallory.ok("send", "alice@localhost", "after");
  const seen = await alice.ok("read", "mallory@localhost");
  assert.deepEqual(
    seen.map((line) => line.text),
    ["before", "after"],
  );
  assert.deepEqual(
    seen.map((line) => line.verified),
    [true, true],
  );
});

test("a domain can be blocked as a whole", async (t) => {
  const { person } = await town(t);
  const alice = person("alice");
  const mallory = person("mallory");
  await alice.ok("signup", "alice@localhost");
  await mallory.ok("signup", "mallory@localhost");
  await alice.ok("block", "localhost");
  const [dropped] = await mallory.ok("send", "alice@localhost", "hello");
  assert.equal(dropped?.state, "delivered");
  assert.deepEqual(await alice.ok("requests"), []);
});

test("sessions are listed and ended, and an ended one is told so whatever it does", async (t) => {
  const { person } = await town(t);
  const here = person("here", "alice likes eleven ripe pears");
  const there = person("there", "alice likes eleven ripe pears");
  const bob = person("bob");
  await here.ok("signup", "alice@localhost");
  await bob.ok("signup", "bob@localhost");
  await there.ok("login", "alice@localhost");
  await there.ok("send", "bob@localhost", "hello");
  const following = there.follow(t, "bob@localhost");
  await following.text("hello");
  const sessions = await here.ok("sessions", "list");
  assert.equal(sessions.length, 2);
  assert.ok(sessions.every((session) => typeof session.id === "string"));
  await here.ok("sessions", "end-others");
  assert.equal(await following.ended, 1);
  assert.equal(codeOf(following.last()), "unauthenticated");
  assert.equal(await there.fails("read", "bob@localhost"), "not_logged_in");
  assert.equal((await here.ok("sessions")).length, 1);
  const [only] = await here.ok("sessions", "list");
  await here.ok("sessions", "end", String(only?.id));
  assert.equal(await here.fails("whoami"), "unauthenticated");
});

test("prices are the recipient's to set, and hold for the next who writes", async (t) => {
  const { person } = await town(t);
  const alice = person("alice");
  const bob = person("bob");
  await alice.ok("signup", "alice@localhost");
  await bob.ok("signup", "bob@localhost");
  const before = await alice.ok("settings");
  assert.deepEqual(
    before.map((line) => [line.name, line.value]),
    [
      ["first-contact", 64],
      ["message", 16],
    ],
  );
  await alice.ok("settings", "set", "first-contact", "160");
  assert.equal((await alice.ok("settings", "get"))[0]?.value, 160);
  await bob.ok("send", "alice@localhost", "at the new price");
  assert.equal((await alice.run(["settings", "set", "first-contact", "0"])).code, 1);
  assert.equal((await alice.run(["settings", "set", "colour", "green"])).code, 2);
});

test("what goes wrong has a code, a sentence and the right exit code", async (t) => {
  const { person, server } = await town(t);
  const alice = person("alice");
  await alice.ok("signup", "alice@localhost");
  const twice = await person("alice-2").run(["signup", "alice@localhost"]);
  assert.equal(twice.code, 1);
  assert.equal(codeOf(twice.lines[0]), "address_taken");
  assert.match(
    String((twice.lines[0]?.error as { message?: unknown } | undefined)?.message),
    /^[A-Z].*\.$/,
  );
  assert.equal(await alice.fails("send", "nobody@localhost", "hello"), "no_such_user");
  assert.equal(await alice.fails("send", "not an address", "hello"), "invalid_address");
  assert.equal(await alice.fails("lookup", "nobody@localhost"), "no_such_user");
  assert.equal(await alice.fails("send", "alice@localhost", "to myself"), "same_address");
  assert.equal(
    await person("eve", "a wrong but long password").fails("login", "alice@localhost"),
    "wrong_credentials",
  );
  assert.equal(await person("nobody").fails("login", "nobody@localhost"), "wrong_credentials");
  assert.equal(
    await person("weak", "password1234").fails("signup", "weak@localhost"),
    "password_too_weak",
  );
  assert.equal(
    await person("short", "xK9#q").fails("signup", "short@localhost"),
    "password_too_short",
  );
  for (const usage of [
    ["send"],
    ["nonsense"],
    ["read", "a@b.test", "--bogus"],
    ["read", "a@b.test", "--limit", "x"],
  ]) {
    assert.equal((await alice.run(usage)).code, 2, usage.join(" "));
  }
  assert.equal(await server.stop(), 0);
  assert.equal(await alice.fails("inbox"), "unreachable");
});

test("a conversation goes on over a restart of the server: nothing is lost, nothing doubles", async (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, "data");
  let server = await startServer(t, { data });
  const { port } = server;
  const people = ["alice", "bob"].map(
    (name) =>
      new Person({
        home: join(folder, name),
        server: () => server.url,
        password: `${name} likes eleven ripe pears`,
      }),
  );
  const [alice, bob] = people as [Person, Person];
  await alice.ok("signup", "alice@localhost");
  await bob.ok("signup", "bob@localhost");
  await alice.ok("send", "bob@localhost", "one");
  await bob.ok("accept", "alice@localhost");
  const atBob = bob.follow(t, "alice@localhost");
  await atBob.text("one");
  await server.stop("SIGKILL");
  server = await startServer(t, { data, port });
  await alice.ok("send", "bob@localhost", "two");
  await atBob.text("two");
  assert.deepEqual(atBob.texts(), ["one", "two"]);
});

function codeOf(line: Record<string, unknown> | undefined): unknown {
  return (line?.error as { code?: unknown } | undefined)?.code;
}
