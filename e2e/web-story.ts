/**
 * The main job, as two people do it in browsers of their own, at one server or at two: from the front door to the whole history in
 * another browser, with nothing that anybody else could read.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Person, ServerProcess } from "./processes.ts";
import { type Secret, findSecrets, folderContents, profileSecrets, secretText } from "./secrets.ts";
import { type WebPerson, newPerson } from "./web-person.ts";
import { assertNoProblem } from "./web-profile.ts";

/** One of the two, and where they are at home. */
export interface Place {
  readonly address: string;
  readonly server: ServerProcess;
  /** What they open in their browser. */
  readonly url: string;
  readonly width: number;
}

export interface Story {
  readonly folder: string;
  readonly alice: Place;
  readonly bob: Place;
  /** Where names are, for browsers; none where localhost is all there is. */
  readonly hosts?: string;
  /** Alice's command line, with her password. */
  shell(password: string): Person;
}

const bobsPassword = "bob prefers nine green quinces";

export async function tellStory(t: TestContext, story: Story): Promise<void> {
  const { folder, hosts } = story;
  const [alice, bob] = await Promise.all(
    [story.alice, story.bob].map((place) => newPerson(t, { folder, hosts, ...place })),
  );
  assert.ok(alice !== undefined && bob !== undefined);
  // From the front door to an empty list that says how to begin.
  await alice.signUp();
  await alice.looksAt("the empty list");
  await bob.page.getByLabel("Your address").fill("alice");
  const isOneServer = story.alice.server === story.bob.server;
  await bob.sees(isOneServer ? "Somebody has it already. Try another name." : "It is free.");
  await bob.signUp(bobsPassword);

  // Alice looks Bob up and writes; Bob finds a request, reads it, lets her in and answers.
  await alice.lookUp(bob.address);
  await alice.sees(new RegExp(`^${bob.address} does not know you yet`));
  await alice.looksAt("an empty conversation");
  await alice.send("Did the lease come through?");
  await alice.seesDelivered("Did the lease come through?");
  await bob.sees("1 person is waiting to be let in");
  await bob.looksAt("the list with a request");
  await bob.link(/^Requests/).click();
  await bob.sees(bob.row(alice.address).filter({ hasText: "Did the lease come through?" }));
  await bob.looksAt("the requests");
  await bob.row(alice.address).getByRole("link").click();
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
  const row = alice.row(bob.address).filter({ hasText: "Two lines, and the end." });
  await alice.sees(row.filter({ hasText: "2 unread messages" }));
  await alice.looksAt("the list with unread messages");
  await alice.openConversation(bob.address);
  await alice.sees(alice.bubble("The code is 4417."));
  await alice.seesNo(alice.text(/unread message/));
  await alice.toList();
  await alice.seesNo(alice.text(/unread message/));

  // They compare their safety numbers.
  await alice.openConversation(bob.address);
  const numbers = await Promise.all([alice, bob].map((person) => person.safetyNumber()));
  assert.match(numbers[0] ?? "", /^[0-9]{60}$/);
  assert.equal(numbers[0], numbers[1]);
  await bob.page.keyboard.press("Escape");
  await alice.looksAt("about a conversation");
  await alice.button("They are the same").click();
  await alice.button("No longer verified").waitFor();
  await alice.page.keyboard.press("Escape");
  await alice.sees(alice.page.getByText("Verified", { exact: true }));

  // The command line reads what the browser wrote, and the other way round.
  const shell = story.shell(alice.password);
  await shell.ok("login", alice.address);
  const alicesKeys = profileSecrets(shell.home, "Alice");
  assert.ok(alicesKeys.length >= 3);
  const lines = await shell.ok("read", bob.address);
  assert.deepEqual(
    lines.map(({ direction, text, verified }) => [direction, text, verified]),
    [
      ["sent", "Did the lease come through?", true],
      ["received", "It did, all of it.", true],
      ["received", "The code is 4417.", true],
      ["received", "Two lines,\nand the end.", true],
    ],
  );
  await shell.ok("send", bob.address, "Written in a terminal.");
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
  assert.equal(await shell.fails("read", bob.address), "unauthenticated");

  // A block is silent: what is sent meanwhile never appears.
  await alice.openConversation(bob.address);
  await alice.menu("Block");
  await alice.looksAt("the question before a block");
  await alice.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
  await alice.sees(new RegExp(`^You have blocked ${bob.address}`));
  await alice.looksAt("a blocked conversation");
  await bob.send("Are you still there?");
  await bob.seesDelivered("Are you still there?");
  await alice.toSettings();
  await alice.button(`Unblock ${bob.address}`).click();
  await alice.sees("You have blocked nobody.");
  await bob.send("And now?");
  await alice.sees(alice.link(/1 unread message/));

  // Log out: nothing is left to read with. Log in elsewhere: everything opens.
  await alice.logOut();
  await alice.looksAt("log-in");
  await alice.page.goto(`${story.alice.url}/messages/${bob.address}`);
  await alice.sees("Welcome back");
  const elsewhere = await newPerson(t, { folder, hosts, ...story.alice });
  elsewhere.password = alice.password;
  await elsewhere.logIn();
  await elsewhere.openConversation(bob.address);
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
  const servers = [...new Set([story.alice.server, story.bob.server])];
  await assertKeptSecret(servers, [bob, elsewhere], [...history.map(secretOf), ...alicesKeys]);
}

function secretOf(text: string): Secret {
  return secretText(`the message “${text}”`, text);
}

/** Searches everything that the servers keep and say, and everything that scripts and disks could read of the browsers. */
async function assertKeptSecret(
  servers: readonly ServerProcess[],
  people: readonly WebPerson[],
  more: readonly Secret[],
): Promise<void> {
  const secrets: Secret[] = [
    ...more,
    ...people.map(({ address, password }) => secretText(`the password of ${address}`, password)),
  ];
  for (const { data } of servers) {
    const kept = folderContents(data);
    assert.ok([...kept.keys()].some((path) => path.endsWith("-wal")));
    assert.deepEqual(findSecrets(secrets, kept), []);
  }

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
  for (const server of servers) {
    await server.stop();
    const log = new Map([["the log", Buffer.from(server.log())]]);
    assert.deepEqual(findSecrets(secrets, log), []);
    assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
  }
}
