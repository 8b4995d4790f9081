/** Two domains that have never met, over real TLS, in the browsers of two people: what they see of the way between them. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Locator } from "playwright-core";
import { type Town, startTown } from "./processes.ts";
import { type WebPerson, newPerson } from "./web-person.ts";
import { type Place, tellStory } from "./web-story.ts";

const ALICE = "alice@a.test";
const BOB = "bob@b.test";
/** Pauses between attempts grow to half a minute, and what is known of a host is kept for a minute. */
const PATIENCE_MILLISECONDS = 100_000;

const password = "alice likes eleven ripe pears";

function place(town: Town, address: string, width: number): Place {
  const server = town.server(address.slice(address.indexOf("@") + 1));
  return { address, server, url: server.url, width };
}

const hostsOf = ({ env }: Town): string => env["KEYPEARS_FEDERATION_HOSTS"] ?? "";

for (const [widthOfAlice, widthOfBob] of [
  [1280, 390],
  [390, 1280],
] as const) {
  test(`two people of two domains meet, at ${widthOfAlice} and ${widthOfBob} pixels: from the front door to the whole history elsewhere`, async (t) => {
    const town = await startTown(t, ["a.test", "b.test"]);
    await tellStory(t, {
      folder: town.folder,
      hosts: hostsOf(town),
      alice: place(town, ALICE, widthOfAlice),
      bob: place(town, BOB, widthOfBob),
      shell: (password) => town.person(ALICE, { password }),
    });
  });
}

/** Two domains, and somebody at each. */
async function strangers(t: TestContext): Promise<Town> {
  const town = await startTown(t, ["a.test", "b.test"]);
  await Promise.all([
    town.person(ALICE, { password }).ok("signup", ALICE),
    town.person(BOB).ok("signup", BOB),
  ]);
  return town;
}

/** Alice, logged in in a browser. */
async function aliceIn(t: TestContext, town: Town, width: number): Promise<WebPerson> {
  const { folder } = town;
  const alice = await newPerson(t, { folder, hosts: hostsOf(town), ...place(town, ALICE, width) });
  alice.page.setDefaultTimeout(PATIENCE_MILLISECONDS);
  await alice.logIn(password);
  await alice.sees(alice.page.getByRole("heading", { name: "Messages", exact: true }));
  return alice;
}

/** Alice and Bob have written to each other, and she looks at their conversation: the work for her next message is done. */
async function acquainted(
  t: TestContext,
  width: number,
): Promise<{ town: Town; alice: WebPerson }> {
  const town = await strangers(t);
  const [shell, bob] = [town.person(ALICE, { password }), town.person(BOB)];
  await shell.ok("send", BOB, "Are you there?");
  await bob.ok("accept", ALICE);
  await bob.ok("send", ALICE, "I am.");
  const alice = await aliceIn(t, town, width);
  await alice.openConversation(BOB);
  await alice.sees(alice.bubble("I am."));
  await alice.page.getByRole("textbox", { name: /^Message to / }).focus();
  const ring = alice.page.getByRole("progressbar", { name: "The work for your next message" });
  await alice.sees(ring.and(alice.page.locator("[aria-valuetext=done]")));
  return { town, alice };
}

/** Once the server of Bob can be reached from that of Alice. */
async function untilReached(town: Town): Promise<void> {
  const asking = town.person(ALICE, { password, device: "another" });
  await asking.ok("login", ALICE);
  const end = performance.now() + PATIENCE_MILLISECONDS;
  while ((await asking.run(["lookup", BOB])).code !== 0) {
    assert.ok(performance.now() < end, "the server of Bob is still out of reach");
  }
}

/** What Bob has from Alice, in its order. */
async function heard(town: Town): Promise<unknown[]> {
  const lines = await town.person(BOB).ok("read", ALICE);
  return lines.filter(({ direction }) => direction === "received").map(({ text }) => text);
}

for (const width of [1280, 390]) {
  test(`a domain that is away, at ${width} pixels: what is sent to it waits with its reason, and arrives once by itself`, async (t) => {
    const { town, alice } = await acquainted(t, width);
    await town.server("b.test").stop("SIGKILL");
    // One that Alice's server has taken, and one that waits for the challenge, here.
    await alice.send("one");
    const one = alice.bubble("one");
    await alice.sees(
      one.filter({ hasText: "Nothing answers at b.test. We go on trying by ourselves" }),
    );
    await one.getByRole("button", { name: /^On its way: your server has it/ }).click();
    await alice.sees(one.getByText("On its way: your server has it, and tells the other one"));
    await alice.send("two");
    await alice.sees(
      alice.bubble("two").filter({ hasText: "It is sent as soon as the way is free" }),
    );
    await alice.looksAt("a conversation with a domain that is away");

    await town.start("b.test");
    await alice.seesDelivered("one");
    await alice.seesDelivered("two");
    await alice.seesNo(/^Nothing answers/);
    assert.deepEqual(await heard(town), ["Are you there?", "one", "two"]);
    await alice.page.reload();
    await alice.seesDelivered("two");
    assert.deepEqual(await alice.texts(["one", "two"]), ["one", "two"]);
  });

  test(`a domain that was away for a day, at ${width} pixels: the message has failed, says why and what to do, and one tap sends it again`, async (t) => {
    const { town, alice } = await acquainted(t, width);
    await town.server("b.test").stop("SIGKILL");
    await alice.send("Better late than never.");
    await alice.sees(alice.text(/We go on trying by ourselves/));
    // The day passes.
    const database = new DatabaseSync(join(town.server("a.test").data, "keypears.db"), {
      timeout: 10_000,
    });
    database.exec("update deliveries set expires_at = 1");
    database.close();
    const bubble = alice.bubble("Better late than never.");
    await alice.sees(
      bubble.filter({ hasText: "Not delivered within a day. Nothing answers at b.test." }),
    );
    await alice.looksAt("a message that has failed");
    await alice.toList();
    await alice.sees(alice.row(BOB).filter({ hasText: "Not delivered" }));
    await alice.openConversation(BOB);

    await town.start("b.test");
    await untilReached(town);
    await alice.button("Send again").click();
    await alice.seesDelivered("Better late than never.");
    await alice.seesNo(alice.button("Send again"));
    assert.deepEqual(await heard(town), ["Are you there?", "Better late than never."]);
  });

  test(`who answers at another domain, at ${width} pixels: somebody, nobody, a domain that is away, and one that does not exist all look different`, async (t) => {
    const town = await strangers(t);
    const alice = await aliceIn(t, town, width);
    await alice.link("Write to somebody").first().click();
    const field = alice.page.getByLabel("Their address");

    await field.fill(BOB);
    const card = alice.page.getByRole("region", { name: "Found" });
    await alice.sees(card.getByText("At another domain, b.test"));
    const link = card.getByRole("link", { name: /^Open the page of bob@b.test/ });
    assert.equal(await link.getAttribute("href"), "https://b.test/@bob");
    assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
    const told = await fingerprintIn(card);
    await alice.looksAt("somebody at another domain");
    const opened = alice.page.context().waitForEvent("page");
    await link.click();
    const page = await opened;
    await page.getByRole("heading", { name: BOB }).waitFor();
    assert.equal(await fingerprintIn(page.getByRole("region", { name: "Fingerprint" })), told);
    await page.close();

    await field.fill("nobody@b.test");
    await alice.sees(alice.page.getByRole("heading", { name: "Nobody answers to this address" }));
    await alice.sees(/Its domain answers, but has nobody of this name/);

    await field.fill("bob@c.test");
    await alice.sees(alice.page.getByRole("heading", { name: "c.test cannot be reached" }));
    await alice.sees("The name c.test has no address.");
    await alice.sees(alice.page.getByRole("list", { name: "The way to c.test" }));
    await alice.seesNo(/nobody of this name/);
    await alice.looksAt("a domain that does not exist");

    await town.server("b.test").stop("SIGKILL");
    await field.fill("carol@b.test");
    await alice.sees(alice.page.getByRole("heading", { name: "b.test cannot be reached" }));
    await alice.sees("Nothing answers at b.test.");
    await alice.looksAt("a domain that is away");
    await town.start("b.test");
    await untilReached(town);
    await alice.button("Try again").click();
    await alice.sees(alice.page.getByRole("heading", { name: "Nobody answers to this address" }));
  });

  test(`the card of an address, at ${width} pixels, is for everybody: without a session, with what it takes to write`, async (t) => {
    const town = await strangers(t);
    const { folder } = town;
    const stranger = await newPerson(t, {
      folder,
      hosts: hostsOf(town),
      ...place(town, BOB, width),
    });
    const { url } = stranger.profile;
    await stranger.page.goto(`${url}/@bob`);
    await stranger.sees(stranger.page.getByRole("heading", { name: BOB }));
    await stranger.sees(stranger.page.getByRole("img", { name: `QR code of the card of ${BOB}` }));
    await fingerprintIn(stranger.page.getByRole("region", { name: "Fingerprint" }));
    await stranger.looksAt("a card");
    await stranger.button("Copy address").click();
    await stranger.sees(stranger.button("Copied"));
    assert.equal(await stranger.page.evaluate(() => navigator.clipboard.readText()), BOB);
    await stranger.link("Write").click();
    await stranger.sees("Welcome back");

    await stranger.page.goto(`${url}/@BOB`);
    await stranger.page.waitForURL(`${url}/@bob`);
    for (const [name, title] of [
      ["nobody", "There is nobody of this name"],
      ["é", "This is no address"],
      ["alice@a.test", "An address at a.test"],
    ] as const) {
      await stranger.page.goto(`${url}/@${name}`);
      await stranger.sees(stranger.page.getByRole("heading", { name: title }));
      await stranger.looksAt(`the card of ${name}`);
    }
    await stranger.sees(stranger.link("To a.test"));

    // One's own.
    const alice = await aliceIn(t, town, width);
    await alice.page.goto(`${alice.profile.url}/@alice`);
    await alice.sees("This is your own card. Give its address to whom you like.");
    await alice.seesNo(alice.link("Write"));
    assert.deepEqual(alice.profile.problems, []);

    // Whoever logs in to write to somebody stands before the conversation with them.
    await alice.page.goto(`${alice.profile.url}/messages`);
    await alice.logOut();
    await alice.page.goto(`${alice.profile.url}/login?write=${BOB}`);
    await alice.page.getByLabel("Address").fill(ALICE);
    await alice.page.getByLabel("Password", { exact: true }).fill(password);
    await alice.button("Log in").click();
    await alice.sees(alice.page.getByRole("textbox", { name: `Message to ${BOB}` }));
  });
}

/** The fingerprint within something: 64 digits. */
async function fingerprintIn(place: Locator): Promise<string> {
  const digits = place.getByText(/^(?:[0-9a-f]{4}\s*){16}$/);
  await digits.waitFor();
  return (await digits.innerText()).replaceAll(/\s/g, "");
}
