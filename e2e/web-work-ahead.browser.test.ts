/** Work done ahead of need: while somebody types, while a password is derived, while a conversation is open. Nobody is held up by it. */
import assert from "node:assert/strict";
import { loadavg } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Page } from "playwright-core";
import { startServer, temporaryFolder } from "./processes.ts";
import { WebPerson } from "./web-person.ts";
import { assertNoProblem, openProfile } from "./web-profile.ts";
import { seedConversation, seeded } from "./web-seed.ts";
import { longTasksOf } from "./web-tasks.ts";

/** 40 words of five characters a minute: so many milliseconds for each. */
const TYPED = 60_000 / (40 * 5);
const SENT_WITHIN = 100;

/** What a server for this machine asks for where nothing is set: a hundredth of the usual prices (spec/7.5). */
const localPrices = {
  KEYPEARS_POW_REGISTER: "700000",
  KEYPEARS_POW_LOGIN: "70000",
  KEYPEARS_POW_FIRST_CONTACT: "700000",
  KEYPEARS_POW_MESSAGE: "70000",
};

async function setting(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder(t);
  const server = await startServer(t, {
    data: join(folder, "data"),
    env: { KEYPEARS_LIMITS: "off", ...env },
  });
  const { url } = server;
  const profile = await openProfile(t, { folder, url, width: 1280 });
  const page = await profile.context.newPage();
  profile.watch(page);
  return { url, profile, page, alice: new WebPerson(profile, page, seeded.alice) };
}

function logIn(alice: WebPerson): Promise<void> {
  return alice.logIn(seeded.passwords.alice);
}

const load = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);

test("at the local prices a sign-up's work is done before somebody at 40 words a minute has typed the passphrase, and no task takes 50 ms", async (t) => {
  const { url, page, alice, profile } = await setting(t, localPrices);
  // The best of a few says what the app takes, the rest what else the machine did.
  const most = 3;
  for (let run = 1; ; run++) {
    await page.goto(`${url}/sign-up`);
    await alice.sees(page.getByRole("heading", { name: "Create your account" }));
    await alice.button("Choose my own").click();
    const name = page.getByLabel("Your address");
    const password = page.getByLabel("Your password");
    await alice.sees(password);
    let typed = 0;
    let done = 0;
    const begin = performance.now();
    const longTasks = await longTasksOf(page, async () => {
      await name.pressSequentially(`alice${run}`, { delay: TYPED });
      const work = alice.sees("The work is done.").then(() => (done = performance.now() - begin));
      await password.pressSequentially(seeded.passwords.alice, { delay: TYPED });
      typed = performance.now() - begin;
      await work;
    });
    const measured = [
      `typed after ${(typed / 1000).toFixed(1)} s`,
      `work done after ${(done / 1000).toFixed(1)} s`,
      `tasks over 50 ms: ${longTasks.join(", ") || "none"}`,
      `load ${load()}`,
    ].join(", ");
    t.diagnostic(measured);
    if (done <= typed && longTasks.length === 0) break;
    assert.ok(run < most, measured);
  }
  assertNoProblem(profile);
});

interface Spans {
  /** On the page's clock, in milliseconds: from the first derivation to the end of the last one that was asked for then. */
  readonly derived: { from: number; to: number };
  /** From the ring's first sight to its sixteenth part. */
  readonly mined: { from: number; to: number };
}

/** Has the page note when keys are derived, and when a ring is filled. */
async function watchProving(page: Page): Promise<() => Promise<Spans>> {
  await page.evaluate(() => {
    const none = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
    const spans = { derived: { ...none }, mined: { ...none } };
    (globalThis as { spans?: Spans }).spans = spans;
    const extend = (span: { from: number; to: number }): void => {
      span.from = Math.min(span.from, performance.now());
      span.to = Math.max(span.to, performance.now());
    };
    const { subtle } = crypto;
    const derive = subtle.deriveBits.bind(subtle);
    subtle.deriveBits = async (...given) => {
      const isSlow = (given[0] as { name?: string }).name === "PBKDF2";
      if (isSlow) extend(spans.derived);
      const bits = await derive(...given);
      if (isSlow) extend(spans.derived);
      return bits;
    };
    let parts = 0;
    new MutationObserver(() => {
      const ring = document.querySelector("[role=progressbar]");
      const isMining = ring?.parentElement?.innerText.includes("the work that keeps spam away");
      const now = Number(ring?.getAttribute("aria-valuenow") ?? 0);
      if (isMining || now > parts) extend(spans.mined);
      parts = now;
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { spans: Spans }).spans);
}

test("a log-in's work is done while the password is being derived, neither after the other", async (t) => {
  const { url, page, alice, profile } = await setting(t, {
    KEYPEARS_POW_LOGIN: localPrices.KEYPEARS_POW_LOGIN,
  });
  await seedConversation(url, 1);
  await page.goto(`${url}/login`);
  const spans = await watchProving(page);
  await page.getByLabel("Address").fill(seeded.alice);
  await page.getByLabel("Password", { exact: true }).fill(seeded.passwords.alice);
  await alice.button("Log in").click();
  await alice.sees(alice.row(seeded.bob));
  const { derived, mined } = await spans();
  const inWords = ({ from, to }: { from: number; to: number }): string =>
    `${Math.round(from)} to ${Math.round(to)} ms`;
  t.diagnostic(`derived ${inWords(derived)}, mined ${inWords(mined)}, load ${load()}`);
  assert.ok(derived.from < mined.to, "derived after the work");
  assert.ok(mined.from < derived.to, "worked after the derivation");
  assertNoProblem(profile);
});

/** Has the page note when Enter is pressed and when a message is handed over, on one clock; gives the milliseconds between. */
async function watchSending(page: Page): Promise<() => Promise<readonly number[]>> {
  await page.evaluate(() => {
    const entered: number[] = [];
    (globalThis as { entered?: number[] }).entered = entered;
    const note = ({ key, timeStamp }: KeyboardEvent): void => {
      if (key === "Enter") entered.push(timeStamp);
    };
    document.addEventListener("keydown", note, { capture: true });
    performance.setResourceTimingBufferSize(10_000);
    performance.clearResourceTimings();
  });
  return () =>
    page.evaluate(() => {
      const sent = performance
        .getEntriesByType("resource")
        .filter(({ name }) => new URL(name).pathname.endsWith("/messages/send"))
        .map(({ startTime }) => startTime);
      const { entered = [] } = globalThis as { entered?: number[] };
      return entered.map((time, index) => Math.round((sent[index] ?? Number.NaN) - time));
    });
}

test("in an open conversation each message is on its way within 100 ms of Enter: its work was done before, and no task takes 50 ms", async (t) => {
  // At the local prices, for what is mined while the composer has the focus.
  const { url, page, alice, profile } = await setting(t, {
    KEYPEARS_POW_MESSAGE: localPrices.KEYPEARS_POW_MESSAGE,
  });
  await seedConversation(url, 3);
  await logIn(alice);
  await alice.sees(alice.row(seeded.bob));
  await alice.openConversation(seeded.bob);
  await alice.sees(alice.bubble("Message 3."));
  const composer = page.getByRole("textbox", { name: /^Message to / });
  const ready = page.locator('[role=progressbar][aria-label="The work for your next message"]');
  const isReady = ready.and(page.locator('[aria-valuetext="done"]'));
  const sending = await watchSending(page);

  const longTasks = await longTasksOf(page, async () => {
    await composer.focus();
    // Nothing has been typed: one looks, and the work is done.
    await alice.sees(isReady);
    for (let round = 1; round <= 5; round++) {
      await composer.pressSequentially(`Round ${round}`);
      await composer.press("Enter");
      await alice.seesDelivered(`Round ${round}`);
      // The next one's is done without a key being pressed.
      await alice.sees(isReady);
    }
  });
  const taken = await sending();
  t.diagnostic(`on its way after ${taken.join(", ")} ms; load ${load()}`);
  t.diagnostic(`tasks over 50 ms while mining and sending: ${longTasks.join(", ") || "none"}`);
  assert.equal(taken.length, 5);
  const median = taken.toSorted((a, b) => a - b)[2];
  assert.ok(median !== undefined && median <= SENT_WITHIN, `${taken.join(", ")} ms`);
  assert.deepEqual(longTasks, []);
  assertNoProblem(profile);
});
