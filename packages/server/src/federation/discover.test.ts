import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import type { Cause } from "../net/outbound.ts";
import { UNVERIFIED, UNVERIFIED_IN_ALL } from "../net/outbound-budget.ts";
import { type DomainAnswer, type Domains, startDomains } from "../testing/domains.ts";
import { hostileNames } from "../testing/hostile.ts";
import { Kept } from "./discover-kept.ts";
import { type Discovered, Discovery } from "./discover.ts";

const ACME = "acme-mail.com";
const HOSTER = "hoster.net";
const FILE = "/.well-known/keypears.json";
const SERVES = `/api/v1/federation/serves/${ACME}`;
const MINUTE = 60_000;

const file = (apiDomain: unknown, more: object = {}): DomainAnswer => ({
  body: { apiDomain, versions: [1], ...more },
});

/** acme-mail.com, which hoster.net serves, and a clock. */
async function openWorld(t: TestContext, { limits = false } = {}) {
  const domains = await startDomains(t, [ACME, HOSTER, "other-hoster.net", "a.test", "b.test"], {
    limits,
  });
  const clock = { time: 1_800_000_000_000 };
  const discovery = new Discovery({ outbound: domains.outbound, now: () => clock.time });
  domains.answer(`${ACME} ${FILE}`, file(HOSTER));
  domains.answer(`${HOSTER} ${SERVES}`, { body: { serves: true } });
  /** The API domain or the fault, and what was asked for it. */
  const find = async (options: { cause?: Cause; again?: boolean } = {}, domain = ACME) => {
    domains.requests.length = 0;
    const found = await discovery.find(domain as Domain, { cause: "user", ...options });
    return [found.ok ? found.peer.apiDomain : found.fault, ...askedOf(domains)];
  };
  return { ...domains, domains, discovery, clock, find };
}

const askedOf = ({ requests }: Domains): string[] =>
  requests.map((request) => request.replace(/ .*\//, " "));

const whole = (apiDomain: string) => [apiDomain, `${ACME} keypears.json`, `${apiDomain} ${ACME}`];
const fileOnly = (result: string) => [result, `${ACME} keypears.json`];

test("a domain that serves itself is found by its file alone, and asked again after a minute", async (t) => {
  const { answer, clock, find } = await openWorld(t);
  answer(`${ACME} ${FILE}`, file(ACME.toUpperCase(), { versions: [2, 1], admin: `Boss@${ACME}` }));
  assert.deepEqual(await find(), fileOnly(ACME));
  clock.time += MINUTE - 1;
  assert.deepEqual(await find(), [ACME]);
  clock.time += 1;
  assert.deepEqual(await find(), fileOnly(ACME));
});

test("a host that a file names is asked whether it serves the domain, once, until the file changes or an hour is over", async (t) => {
  const { answer, clock, find, discovery } = await openWorld(t);
  assert.deepEqual(await find(), whole(HOSTER));
  clock.time += MINUTE;
  assert.deepEqual(await find(), fileOnly(HOSTER));
  clock.time += 60 * MINUTE;
  assert.deepEqual(await find(), whole(HOSTER));
  answer(`${ACME} ${FILE}`, file("other-hoster.net"));
  answer(`other-hoster.net ${SERVES}`, { body: { serves: true } });
  clock.time += MINUTE;
  assert.deepEqual(await find(), whole("other-hoster.net"));
  answer(`${ACME} ${FILE}`, file(HOSTER));
  clock.time += MINUTE;
  assert.deepEqual(await find(), whole(HOSTER));
  discovery.forget(ACME as Domain);
  assert.deepEqual(await find(), whole(HOSTER));
});

/** What a host answers that does not confirm, or that says nothing; what is made of it; and for how long. */
const words: readonly (readonly [DomainAnswer, fault: string, minutes: number])[] = [
  [{ status: 421, body: { code: "misdirected" } }, "not_served", 10],
  [{ status: 404 }, "not_served", 10],
  [{ status: 403, body: { serves: true } }, "not_served", 10],
  [{ body: { serves: false } }, "not_served", 10],
  [{ body: { serves: "true" } }, "not_served", 10],
  [{ body: [] }, "not_served", 10],
  [{ body: "<html>", type: "text/html" }, "not_served", 10],
  [{ body: " ".repeat(100_000) }, "not_served", 10],
  [{ status: 302, headers: { location: `https://${ACME}/` } }, "not_served", 10],
  [{ status: 500 }, "server_error", 1],
  [{ status: 503 }, "server_error", 1],
  [{ status: 429, headers: { "retry-after": "7" } }, "busy", 1],
];

for (const [word, fault, minutes] of words) {
  const said = JSON.stringify(word).slice(0, 80);
  test(`a host that answers ${said} is asked nothing more for ${minutes} min: ${fault}`, async (t) => {
    const { answer, clock, find } = await openWorld(t);
    answer(`${HOSTER} ${SERVES}`, word);
    const [, ...requests] = whole(HOSTER);
    assert.deepEqual(await find(), [fault, ...requests]);
    assert.deepEqual(await find(), [fault]);
    answer(`${HOSTER} ${SERVES}`, { body: { serves: true } });
    for (let minute = 1; minute < minutes; minute++) {
      clock.time += MINUTE;
      assert.deepEqual(await find({ again: minute % 2 === 0 }), fileOnly(fault));
    }
    clock.time += MINUTE;
    assert.deepEqual(await find(), whole(HOSTER));
  });
}

test("a denial is of one host for one domain: another host that the file names later is asked", async (t) => {
  const { answer, clock, find, discovery } = await openWorld(t);
  answer(`${HOSTER} ${SERVES}`, { status: 421 });
  assert.equal((await find())[0], "not_served");
  answer(`${ACME} ${FILE}`, file("other-hoster.net"));
  answer(`other-hoster.net ${SERVES}`, { body: { serves: true } });
  clock.time += MINUTE;
  assert.deepEqual(await find(), whole("other-hoster.net"));
  // And a host that has denied is left alone, whatever is forgotten.
  answer(`${ACME} ${FILE}`, file(HOSTER));
  discovery.forget(ACME as Domain);
  assert.deepEqual(await find(), fileOnly("not_served"));
});

/** What a domain answers in place of its file, and what is made of it. */
const noFiles: readonly (readonly [DomainAnswer, fault: string])[] = [
  [{ status: 404 }, "no_file"],
  [{ status: 410 }, "no_file"],
  [{ status: 404, body: "<h1>", type: "text/html" }, "no_file"],
  [{ body: "<h1>", type: "text/html; charset=utf-8" }, "no_file"],
  [{ body: { apiDomain: ACME, versions: [1] }, type: "text/plain" }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [1] }, type: "application/json5" }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [1] }, status: 203 }, "bad_file"],
  [{ status: 403, body: {} }, "bad_file"],
  [{ status: 204 }, "bad_file"],
  [{ body: "" }, "bad_file"],
  [{ body: "{" }, "bad_file"],
  [{ body: "[".repeat(10_000) }, "bad_file"],
  [{ body: "null" }, "bad_file"],
  [{ body: [ACME] }, "bad_file"],
  [{ body: { versions: [1] } }, "bad_file"],
  [{ body: { apiDomain: ACME } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: 1 } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [] } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: ["1"] } }, "bad_file"],
  [{ body: { apiDomain: [ACME], versions: [1] } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [1], admin: "boss" } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [1], more: "x".repeat(16_384) } }, "bad_file"],
  [{ body: { apiDomain: ACME, versions: [2] } }, "version"],
  [{ status: 301, headers: { location: `https://www.${ACME}${FILE}` } }, "bad_file"],
  [{ status: 500, body: "<h1>", type: "text/html" }, "server_error"],
  [{ status: 429 }, "busy"],
];

for (const [answered, fault] of noFiles) {
  test(`a domain that answers ${JSON.stringify(answered).slice(0, 90)}: ${fault}, for a minute`, async (t) => {
    const { answer, clock, find } = await openWorld(t);
    answer(`${ACME} ${FILE}`, answered);
    assert.deepEqual(await find(), fileOnly(fault));
    answer(`${ACME} ${FILE}`, file(ACME));
    clock.time += MINUTE - 1;
    assert.deepEqual(await find(), [fault]);
    assert.deepEqual(await find({ again: true }), fileOnly(ACME));
    // What is good is not asked for again.
    assert.deepEqual(await find({ again: true }), [ACME]);
  });
}

test("a file of any JSON type is read, as far as its content is one", async (t) => {
  const { answer, clock, find } = await openWorld(t);
  for (const type of [
    "application/json; charset=utf-8",
    "application/ld+json",
    "Application/JSON",
  ]) {
    answer(`${ACME} ${FILE}`, { ...file(ACME), type });
    clock.time += MINUTE;
    assert.equal((await find())[0], ACME, type);
  }
});

test("a file that names anything but a public domain names nobody, and nobody is asked", async (t) => {
  const { answer, clock, find } = await openWorld(t);
  const names = hostileNames.filter((name) => name !== "KEYPEARS.COM");
  for (const name of [...names, "a.test", null, 2_130_706_433, [HOSTER], { toString: HOSTER }]) {
    answer(`${ACME} ${FILE}`, file(name));
    clock.time += MINUTE;
    assert.deepEqual(await find(), fileOnly("bad_file"), JSON.stringify(name));
  }
});

test("in development a domain may name another one of development, and no address either", async (t) => {
  const { answer, find, clock } = await openWorld(t);
  answer(`a.test ${FILE}`, file("b.test"));
  answer("b.test /api/v1/federation/serves/a.test", { body: { serves: true } });
  assert.equal((await find({}, "a.test"))[0], "b.test");
  for (const [name, fault] of [
    ["c.test", "dns"],
    ["localhost", "dns"],
    ["127.0.0.1", "bad_file"],
    ["1.2.3.0x4", "bad_file"],
    ["printer.local", "bad_file"],
  ]) {
    answer(`a.test ${FILE}`, file(name));
    clock.time += MINUTE;
    assert.equal((await find({}, "a.test"))[0], fault, name);
  }
});

test("a domain that cannot be reached is not asked again for a minute", async (t) => {
  const { find, clock, domains } = await openWorld(t);
  assert.deepEqual(await find({}, "nowhere.com"), ["dns"]);
  clock.time += MINUTE;
  await domains.outbound.close();
  assert.deepEqual(await find(), ["connect"]);
});

test("those who ask for the same domain at the same time wait for one answer", async (t) => {
  const { discovery, domains } = await openWorld(t);
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      discovery.find(ACME as Domain, { cause: "delivery", again: index % 2 === 0 }),
    ),
  );
  assert(all.every(({ ok }) => ok));
  assert.deepEqual(askedOf(domains), whole(HOSTER).slice(1));
});

test("what unverified calls have used up is nobody else's answer, and is not kept", async (t) => {
  const { discovery, domains } = await openWorld(t, { limits: true });
  const { outbound } = domains;
  const sent: Promise<unknown>[] = [];
  const flood = (): void => {
    for (let count = 0; count < 60; count++) {
      sent.push(
        outbound.send({
          host: ACME as Domain,
          method: "GET",
          path: "/",
          mostBytes: 100,
          cause: "unverified",
        }),
      );
    }
  };
  flood();
  const isBusy = (found: Discovered): boolean =>
    !found.ok && found.fault === "busy" && (found.retryAfter ?? 0) > 0;
  const unverified = discovery.find(ACME as Domain, { cause: "unverified" });
  // It comes while the other one is being sent away.
  assert.equal((await discovery.find(ACME as Domain, { cause: "user" })).ok, true);
  assert(isBusy(await unverified));
  discovery.forget(ACME as Domain);
  flood();
  assert(isBusy(await discovery.find(ACME as Domain, { cause: "unverified" })));
  assert.equal((await discovery.find(ACME as Domain, { cause: "user" })).ok, true);
  // What somebody else has found out is everybody's.
  assert.equal((await discovery.find(ACME as Domain, { cause: "unverified" })).ok, true);
  await outbound.close();
  await Promise.all(sent);
});

test("a thousand made-up domains behind one host: the host is asked within its budget, and so are all together", async (t) => {
  const names = Array.from({ length: 1_000 }, (_, index) => `made-up-${index}.com`);
  const domains = await startDomains(t, [...names, HOSTER], { limits: true });
  for (const name of names) {
    domains.answer(`${name} ${FILE}`, file(HOSTER));
    domains.answer(`${HOSTER} /api/v1/federation/serves/${name}`, { status: 421 });
  }
  const discovery = new Discovery({ outbound: domains.outbound, now: Date.now });
  const started = performance.now();
  const found = await Promise.all(
    names.map((name) => discovery.find(name as Domain, { cause: "unverified" })),
  );
  const seconds = Math.ceil((performance.now() - started) / 1_000);
  assert(seconds <= 11, `${seconds} s`);
  const results = new Set(found.map((one) => (one.ok ? "found" : one.fault)));
  assert.deepEqual([...results].toSorted(), ["busy", "not_served"]);
  const { requests } = domains;
  const atHost = requests.filter((request) => request.startsWith(HOSTER)).length;
  assert(atHost > 0 && atHost <= UNVERIFIED.perSecond * (seconds + 1), `${atHost} at the host`);
  const most = UNVERIFIED_IN_ALL.burst + UNVERIFIED_IN_ALL.perSecond * seconds;
  assert(requests.length <= most, `${requests.length} in all, of ${most}`);
  // Nobody else is kept waiting meanwhile.
  domains.answer(`${HOSTER} ${FILE}`, file(HOSTER));
  assert.equal((await discovery.find(HOSTER as Domain, { cause: "user" })).ok, true);
});

test("what is kept is bounded, goes by use, and ends with its time", () => {
  let time = 0;
  const kept = new Kept<number>({ most: 3, now: () => time });
  for (const [index, name] of ["a", "b", "c"].entries()) kept.set(name, index, 1_000);
  kept.get("a");
  kept.set("d", 3, 1_000);
  assert.equal(kept.size, 3);
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => kept.get(name)),
    [0, undefined, 2, 3],
  );
  time = 1_000;
  assert.equal(kept.get("a"), undefined);
  for (let count = 0; count < 100_000; count++) kept.set(`${count}`, count, 1_000);
  assert.equal(kept.size, 3);
});

test("what is kept does not outlive its time because the clock was set back", () => {
  let time = 10_000_000;
  const kept = new Kept<string>({ most: 3, now: () => time });
  kept.set("a", "cannot be reached", 60_000);
  time -= 3_600_000;
  assert.equal(kept.get("a"), undefined);
});
