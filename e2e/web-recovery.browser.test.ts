/** What browsers and people do to an app: reloads, second tabs, servers that go away, slips. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startServer, temporaryFolder } from "./processes.ts";
import { newPerson } from "./web-person.ts";
import { assertNoProblem } from "./web-profile.ts";

const WIDE = 1280;
const PHONE = 390;

const bobsPassword = "bob prefers nine green quinces";

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

  // The tab that held the events is closed: the other one goes on alone, and a third one beside it.
  await here.close();
  alice.page = there;
  await bob.send("apart");
  await alice.sees(alice.bubble("apart"));
  const third = await alice.profile.open("/messages");

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
  const words = ["one", "two", "three", "four", "apart", "five", "six", "seven"];
  for (const person of both) {
    const texts = await person.texts(words);
    assert.deepEqual(texts.toSorted(), words.toSorted());
    assert.deepEqual(
      [...texts.slice(0, 5), texts.at(-1)],
      ["one", "two", "three", "four", "apart", "seven"],
    );
    await person.page.reload();
    await person.sees(person.bubble("seven"));
    assert.deepEqual(await person.texts(words), texts);
  }

  // One log-out ends both tabs.
  await alice.logOut();
  await third.getByRole("heading", { name: "Welcome back" }).waitFor();
  assertNoProblem(alice.profile, bob.profile);
});

test("a session that is ended elsewhere is over here, in plain words", async (t) => {
  const folder = temporaryFolder(t);
  const { url } = await startServer(t, { data: join(folder, "data") });
  const alice = await newPerson(t, { folder, url, width: WIDE, address: "alice@localhost" });
  await alice.signUp("alice likes eleven ripe pears");
  const stolen = await newPerson(t, { folder, url, width: PHONE, address: "alice@localhost" });
  await stolen.logIn(alice.password);
  await stolen.sees("No conversations yet");
  await alice.toSettings();
  await alice.button("End all others").click();
  await alice.page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await stolen.sees(/^Your session was ended/);
  await stolen.looksAt("log-in after a session that was ended");
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
  await alice.page.goto(`${url}/requests/bob@localhost`);
  await alice.sees("Nothing is waiting here");
  await alice.seesNo(alice.button("Accept"));
  await alice.looksAt("a request that is not there");
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
