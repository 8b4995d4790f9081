/** Proof of work as its user meets it: told in time, asked about above a ceiling, stopped, and visible where it fails. */
import { join } from "node:path";
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startServer, temporaryFolder } from "./processes.ts";
import { WebPerson } from "./web-person.ts";
import { type ProfileOptions, assertNoProblem, openProfile } from "./web-profile.ts";
import { seedConversation, seeded } from "./web-seed.ts";

/** Work that nobody notices. */
const easy = {
  KEYPEARS_POW_REGISTER: "1000",
  KEYPEARS_POW_LOGIN: "1000",
  KEYPEARS_POW_FIRST_CONTACT: "1000",
  KEYPEARS_POW_MESSAGE: "1000",
  KEYPEARS_LIMITS: "off",
};

/** Work for hours. */
const ENDLESS = "1000000000";

async function setting(
  t: TestContext,
  env: Readonly<Record<string, string>>,
  look: Partial<ProfileOptions> = {},
) {
  const folder = temporaryFolder(t);
  const data = join(folder, "data");
  const server = await startServer(t, { data, env: { ...easy, ...env } });
  const { url } = server;
  const profile = await openProfile(t, { folder, url, width: 1280, ...look });
  const page = await profile.context.newPage();
  profile.watch(page);
  return { url, data, server, profile, page, alice: new WebPerson(profile, page, seeded.alice) };
}

for (const [width, colorScheme] of [
  [390, "dark"],
  [1280, "light"],
] as const) {
  test(`the page about work tells this device's speed, what works, and the times that it means, and keeps what one sets, at ${width} pixels, ${colorScheme}`, async (t) => {
    const { url, profile, page, alice } = await setting(t, {}, { width, colorScheme });
    await seedConversation(url, 1);
    await alice.logIn(seeded.passwords.alice);
    await alice.sees(alice.row(seeded.bob));
    await alice.toSettings();
    await alice.looksAt("settings without a speed");
    await alice.link("Look closer").click();
    await alice.sees(page.getByRole("heading", { name: "Work on this device" }));
    await alice.sees("Not measured yet");
    await alice.looksAt("work before it was measured");

    await alice.button("Measure").click();
    await alice.button("Stop").click();
    await alice.button(/^Measure/).click();
    await alice.sees(/^[\d,]+ hashes a second$/);
    await alice.sees(/^The processor, \d+ threads?$/);
    await alice.sees(alice.button("Measure again"));
    await alice.looksAt("work as it was measured");
    const speed = Number(
      (await alice.text(/^[\d,]+ hashes a second$/).innerText()).replaceAll(/\D/g, ""),
    );
    assert.ok(speed > 1000, `${speed} hashes a second`);
    const times = await page
      .getByRole("definition")
      .filter({ hasText: "older phone" })
      .allInnerTexts();
    assert.equal(times.length, 2);
    for (const time of times) {
      assert.match(time, /^(?:about|less than) [^]+(?:about|less than) .+ on an older phone$/);
    }

    const patience = page.getByRole("slider", { name: "Ask me above" });
    assert.equal(await patience.getAttribute("aria-valuetext"), "about 2 minutes");
    await patience.press("ArrowLeft");
    assert.equal(await patience.getAttribute("aria-valuetext"), "about 60 seconds");
    await page.reload();
    await alice.sees(/^[\d,]+ hashes a second$/);
    assert.equal(await patience.getAttribute("aria-valuetext"), "about 60 seconds");

    // Prices are told in seconds first.
    await alice.link("Settings").first().click();
    const price = page.getByRole("slider", { name: "A stranger's message" });
    assert.match((await price.getAttribute("aria-valuetext")) ?? "", /second|minute|hour/);
    await alice.sees(/on this device, .* on an older phone: 1,000 hashes\./);
    await alice.looksAt("settings with a speed");
    assertNoProblem(profile);
  });
}

test("a sign-up that is too dear is asked about first, can be agreed to, stopped and gone on with, without a dialogue", async (t) => {
  const { url, profile, page, alice } = await setting(t, { KEYPEARS_POW_REGISTER: ENDLESS });
  await page.goto(`${url}/sign-up?name=alice`);
  await alice.sees(/^This takes more work than your device does without your word/);
  await alice.looksAt("a sign-up that asks");
  await alice.button("Do it anyway").click();
  const ring = page.getByRole("progressbar", { name: "Proof of work" });
  await alice.sees(ring);
  // Once the speed is known, so is the time.
  await alice.sees(/Still about \d+ (?:minutes|hours)\./);
  await alice.looksAt("a sign-up that will take long");
  await alice.button("Stop").click();
  await alice.sees("The work was stopped.");
  await alice.looksAt("a sign-up that was stopped");
  await alice.button("Go on").click();
  // The price is asked about anew, now in time.
  await alice.sees(/^This takes your device about \d+ (?:minutes|hours) of work/);
  assert.equal(await page.getByRole("dialog").count(), 0);
  assertNoProblem(profile);
});

test("a log-in that is too dear is asked about first, and can be stopped", async (t) => {
  const { url, profile, page, alice } = await setting(t, { KEYPEARS_POW_LOGIN: ENDLESS });
  await page.goto(`${url}/login`);
  await page.getByLabel("Address").fill(seeded.alice);
  await page.getByLabel("Password", { exact: true }).fill(seeded.passwords.alice);
  await alice.button("Log in").click();
  await alice.sees(/^This takes more work than your device does without your word/);
  await alice.button("Do it anyway").click();
  await alice.sees(page.getByRole("progressbar", { name: "Proof of work" }));
  await alice.looksAt("a log-in that will take long");
  await alice.button("Stop").click();
  await alice.sees(alice.button("Log in"));
  await alice.seesNo(page.getByRole("progressbar", { name: "Proof of work" }));
  assertNoProblem(profile);
});

test("a message above the ceiling is not begun without its author's word; one that takes long can be taken back, text and all", async (t) => {
  const { url, profile, page, alice } = await setting(t, {
    KEYPEARS_POW_FIRST_CONTACT: ENDLESS,
  });
  await alice.signUp();
  const bob = await openProfile(t, { folder: temporaryFolder(t), url, width: 1280 });
  await new WebPerson(bob, await bob.open("/"), seeded.bob).signUp();
  await alice.lookUp(seeded.bob);
  await alice.send("Do you remember me?");
  await alice.sees(/^Not sent\. This costs more work/);
  await alice.looksAt("a message that asks");
  await alice.button(/^Send anyway/).click();
  await alice.sees(/^Your device works for it, still about \d+ (?:minutes|hours)\.$/);
  await alice.looksAt("a message that will take long");
  await alice.button("Take it back").click();
  await alice.seesNo(alice.bubble("Do you remember me?"));
  assert.equal(
    await page.getByRole("textbox", { name: /^Message to / }).inputValue(),
    "Do you remember me?",
  );
  assertNoProblem(profile);
});

test("a device that cannot work says so and what to do, and goes on when it can", async (t) => {
  const { url, page, alice } = await setting(t, {});
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(`${url}/sign-up?name=alice`);
  await alice.sees(/^Your device could not do the work\. Load the page again/);
  await alice.looksAt("a sign-up on a device that cannot work");
  await page.unroute("**/*.wasm");
  await alice.button("Try again").click();
  await alice.sees("The work is done.");
});
