/** The main job, as two people do it in browsers of their own, on a wide screen and on a phone, over a running server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Person, type ServerProcess, startServer, temporaryFolder } from "./processes.ts";
import { type Secret, findSecrets, folderContents, profileSecrets, secretText } from "./secrets.ts";
import { WebPerson } from "./web-person.ts";
import { type Profile, openProfile } from "./web-profile.ts";

const WIDE = 1280;
const PHONE = 390;

const bobsPassword = "bob prefers nine green quinces";

async function newPerson(
  t: TestContext,
  options: { folder: string; url: string; width: number; address: string },
): Promise<WebPerson> {
  const profile = await openProfile(t, options);
  return new WebPerson(profile, await profile.open("/"), options.address);
}

function assertNoProblem(...profiles: readonly Profile[]): void {
  assert.deepEqual(
    profiles.flatMap(({ problems }) => problems),
    [],
  );
}

for (const [widthOfAlice, widthOfBob] of [
  [WIDE, PHONE],
  [PHONE, WIDE],
] as const) {
  test(`two people meet in their browsers, at ${widthOfAlice} and ${widthOfBob} pixels: from the front door to the whole history elsewhere`, async (t) => {
    const folder = temporaryFolder(t);
    const server = await startServer(t, { data: join(folder, "data") });
    const { url } = server;
    const [alice, bob] = await Promise.all([
      newPerson(t, { folder, url, width: widthOfAlice, address: "alice@localhost" }),
      newPerson(t, { folder, url, width: widthOfBob, address: "bob@localhost" }),
    ]);

    // From the front door to an empty list that says how to begin.
    await alice.signUp();
    await alice.looksAt("the empty list");
    await bob.page.getByLabel("Your address").fill("alice");
    await bob.sees("Somebody has it already. Try another name.");
    await bob.signUp(bobsPassword);

    // Alice looks Bob up and writes; Bob finds a request, reads it, lets her in and answers.
    await alice.lookUp("bob@localhost");
    await alice.sees(/^bob@localhost does not know you yet/);
    await alice.looksAt("an empty conversation");
    await alice.send("Did the lease come through?");
    await alice.seesDelivered("Did the lease come through?");
    await bob.sees("1 person is waiting to be let in");
    await bob.looksAt("the list with a request");
    await bob.link(/^Requests/).click();
    await bob.sees(bob.row("alice@localhost").filter({ hasText: "Did the lease come through?" }));
    await bob.looksAt("the requests");
    await bob.row("alice@localhost").getByRole("link").click();
    await bob.sees(bob.bubble("Did the lease come through?"));
    await bob.looksAt("a request");
    await bob.button("Accept").click();
    await bob.send("It did, all of it.");
    await bob.seesDelivered("It did, all of it.");

    // Both see new messages at once: under a day, in the conversation that is open, and counted where it is not.
    await alice.sees(alice.bubble("It did, all of it."));
    await alice.sees(alice.page.getByText("Today", { exact: true }));
    await alice.looksAt("a conversation");
    await alice.toSettings();
    await bob.send("The code is 4417.");
    await bob.send("Two lines,\nand the end.");
    await bob.seesDelivered("and the end.");
    await alice.sees(alice.link(/2 unread messages/));
    await alice.toList();
    const row = alice.row("bob@localhost").filter({ hasText: "Two lines, and the end." });
    await alice.sees(row.filter({ hasText: "2 unread messages" }));
    await alice.looksAt("the list with unread messages");
    await alice.openConversation("bob@localhost");
    await alice.sees(alice.bubble("The code is 4417."));
    await alice.seesNo(alice.text(/unread message/));
    await alice.toList();
    await alice.seesNo(alice.text(/unread message/));

    // They compare their safety numbers.
    await alice.openConversation("bob@localhost");
    await alice.menu("About this conversation");
    const digits = /(?:[0-9]{5}\s*){12}/;
    await alice.sees(alice.page.getByRole("dialog").filter({ hasText: digits }));
    await alice.looksAt("about a conversation");
    await alice.button("They are the same").click();
    await alice.button("No longer verified").waitFor();
    await alice.page.keyboard.press("Escape");
    await alice.sees(alice.page.getByText("Verified", { exact: true }));

    // The command line reads what the browser wrote, and the other way round.
    const shell = new Person({
      home: join(folder, "shell"),
      server: () => url,
      password: alice.password,
    });
    await shell.ok("login", "alice@localhost");
    const alicesKeys = profileSecrets(shell.home, "Alice");
    assert.ok(alicesKeys.length >= 3);
    const lines = await shell.ok("read", "bob@localhost");
    assert.deepEqual(
      lines.map(({ direction, text, verified }) => [direction, text, verified]),
      [
        ["sent", "Did the lease come through?", true],
        ["received", "It did, all of it.", true],
        ["received", "The code is 4417.", true],
        ["received", "Two lines,\nand the end.", true],
      ],
    );
    await shell.ok("send", "bob@localhost", "Written in a terminal.");
    await bob.sees(bob.bubble("Written in a terminal."));
    await alice.seesDelivered("Written in a terminal.");

    // Prices and sessions.
    await alice.toSettings();
    await alice.sees("This one");
    await alice.looksAt("settings");
    const price = alice.page.getByRole("slider", { name: "A stranger's message" });
    const before = await price.getAttribute("aria-valuetext");
    await price.press("End");
    await alice.sees("Saved.");
    assert.notEqual(await price.getAttribute("aria-valuetext"), before);
    assert.ok(Number((await shell.ok("settings", "get"))[0]?.value) > 64);
    await alice.button(/^End the session on /).click();
    await alice.sees("The session is ended.");
    assert.equal(await shell.fails("read", "bob@localhost"), "unauthenticated");

    // A block is silent: what is sent meanwhile never appears.
    await alice.openConversation("bob@localhost");
    await alice.menu("Block");
    await alice.looksAt("the question before a block");
    await alice.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await alice.sees(/^You have blocked bob@localhost/);
    await alice.looksAt("a blocked conversation");
    await bob.send("Are you still there?");
    await bob.seesDelivered("Are you still there?");
    await alice.toSettings();
    await alice.button("Unblock bob@localhost").click();
    await alice.sees("You have blocked nobody.");
    await bob.send("And now?");
    await alice.sees(alice.link(/1 unread message/));

    // Log out: nothing is left to read with. Log in elsewhere: everything opens.
    await alice.logOut();
    await alice.looksAt("log-in");
    await alice.page.goto(`${url}/messages/bob@localhost`);
    await alice.sees("Welcome back");
    const elsewhere = await newPerson(t, {
      folder,
      url,
      width: widthOfAlice,
      address: "alice@localhost",
    });
    elsewhere.password = alice.password;
    await elsewhere.logIn();
    await elsewhere.openConversation("bob@localhost");
    const history = [
      "Did the lease come through?",
      "It did, all of it.",
      "The code is 4417.",
      "Two lines,\nand the end.",
      "Written in a terminal.",
      "And now?",
    ];
    await elsewhere.sees(elsewhere.bubble("And now?"));
    assert.deepEqual(await elsewhere.texts([...history, "Are you still there?"]), history);
    await elsewhere.seesNo(/^Not verified/);

    assertNoProblem(alice.profile, bob.profile, elsewhere.profile);
    await assertKeptSecret(server, [bob, elsewhere], [...history.map(secretOf), ...alicesKeys]);
  });
}

function secretOf(text: string): Secret {
  return secretText(`the message “${text}”`, text);
}

/** Searches everything that the server keeps and says, and everything that scripts and disks could read of the browsers. */
async function assertKeptSecret(
  server: ServerProcess,
  people: readonly WebPerson[],
  more: readonly Secret[],
): Promise<void> {
  const secrets: Secret[] = [
    ...more,
    ...people.map(({ address, password }) => secretText(`the password of ${address}`, password)),
  ];
  const keptByServer = folderContents(server.data);
  assert.ok([...keptByServer.keys()].some((path) => path.endsWith("-wal")));
  assert.deepEqual(findSecrets(secrets, keptByServer), []);

  for (const { profile, page, address } of people) {
    const [cookie, ...others] = await profile.context.cookies();
    assert.ok(cookie, `${address} has a session`);
    assert.deepEqual(others, []);
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
    secrets.push(secretText(`the session of ${address}`, cookie.value));
    await page.goto(`${profile.url}/settings`);
    await page.getByText("This one").waitFor();
    const readable = await profile.readableByScripts(page);
    assert.deepEqual(findSecrets(secrets, readable), []);
    assert.equal(readable.get("localStorage")?.toString(), "{}");
    assert.equal(readable.get("cookies")?.toString(), "");
    const { text, keys } = await profile.readDatabase(page);
    assert.deepEqual(findSecrets(secrets, new Map([["IndexedDB", Buffer.from(text)]])), []);
    const secretKeys = keys.filter(({ type }) => type !== "public");
    assert.ok(secretKeys.length >= 2, `the keys of ${address} are on this device`);
    assert.ok(secretKeys.every(({ extractable }) => !extractable));
  }
  await server.stop();
  const log = new Map([["the log", Buffer.from(server.log())]]);
  assert.deepEqual(findSecrets(secrets, log), []);
  assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
}

test("a reload, a second tab and a server that restarts: nothing is lost, nothing doubles, and the app says what is going on", async (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, "data");
  let server = await startServer(t, { data });
  const { url, port } = server;
  const [alice, bob] = await Promise.all([
    newPerson(t, { folder, url, width: WIDE, address: "alice@localhost" }),
    newPerson(t, { folder, url, width: PHONE, address: "bob@localhost" }),
  ]);
  const both = [alice, bob];
  await alice.signUp();
  await bob.signUp(bobsPassword);
  await alice.lookUp("bob@localhost");
  await alice.send("one");
  await alice.seesDelivered("one");
  await bob.link(/^Requests/).click();
  await bob.row("alice@localhost").getByRole("link").click();
  await bob.button("Accept").click();

  // A reload, in the middle of a conversation: it is all there again, without a password.
  await bob.page.reload();
  await bob.sees(bob.bubble("one"));
  await bob.send("two");
  await alice.sees(alice.bubble("two"));

  // A second tab hears what the first one does, sent here or there.
  const here = alice.page;
  const there = await alice.profile.open("/messages/bob@localhost");
  alice.page = there;
  await alice.sees(alice.bubble("two"));
  await bob.send("three");
  await alice.sees(alice.bubble("three"));
  await alice.send("four");
  await alice.seesDelivered("four");
  alice.page = here;
  await alice.sees(alice.bubble("three"));
  await alice.seesDelivered("four");

  // The server goes away. The app says so, and keeps what is written.
  for (const { profile } of both) profile.isServerAway(true);
  await server.stop("SIGKILL");
  for (const person of both) await person.sees(/^The server cannot be reached/);
  await alice.send("five");
  await alice.sees(alice.bubble("five").filter({ hasText: "Waiting for the server" }));
  await alice.looksAt("a conversation without a server");
  await bob.send("six");
  await bob.sees(bob.bubble("six").filter({ hasText: "Waiting for the server" }));
  await bob.looksAt("a conversation without a server");

  // It is back. Both catch up by themselves.
  server = await startServer(t, { data, port });
  for (const person of both) {
    await person.seesDelivered(person === alice ? "five" : "six");
    await person.seesNo(/^The server cannot be reached/);
  }
  await alice.sees(alice.bubble("six"));
  await bob.sees(bob.bubble("five"));
  for (const { profile } of both) profile.isServerAway(false);
  await alice.send("seven");
  await bob.sees(bob.bubble("seven"));
  const words = ["one", "two", "three", "four", "five", "six", "seven"];
  for (const person of both) {
    const texts = await person.texts(words);
    assert.deepEqual(texts.toSorted(), words.toSorted());
    assert.deepEqual(
      [...texts.slice(0, 4), texts.at(-1)],
      ["one", "two", "three", "four", "seven"],
    );
    await person.page.reload();
    await person.sees(person.bubble("seven"));
    assert.deepEqual(await person.texts(words), texts);
  }

  // One log-out ends both tabs.
  await alice.logOut();
  await there.getByRole("heading", { name: "Welcome back" }).waitFor();
  assertNoProblem(alice.profile, bob.profile);
});

test("a wrong password, an address that nobody has and a page that is not there each have a sentence and a next step", async (t) => {
  const folder = temporaryFolder(t);
  const { url } = await startServer(t, { data: join(folder, "data") });
  const alice = await newPerson(t, { folder, url, width: PHONE, address: "alice@localhost" });
  await alice.signUp("alice likes eleven ripe pears");
  await alice.link("Write to somebody").first().click();
  await alice.page.getByLabel("Their address").fill("nobody@localhost");
  await alice.sees(/has nobody of this name/);
  await alice.looksAt("a look-up that found nobody");
  await alice.page.goto(`${url}/nowhere`);
  await alice.sees("There is nothing here");
  await alice.looksAt("a page that is not there");
  await alice.page.goto(`${url}/messages`);
  await alice.logOut();
  await alice.logIn("this is not her password");
  await alice.sees("The address or the password is wrong. Look at both, then try again.");
  await alice.looksAt("log-in that was refused");
  await alice.logIn();
  await alice.sees("No conversations yet");
});
