import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { type DomainAnswer, startDomains } from "../testing/domains.ts";
import { OwnDomains, inMemory } from "./own-domains.ts";

const OWN = "acme-mail.com" as Domain;
const HOUR = 3_600_000;

const naming = (apiDomain: string): DomainAnswer => ({ body: { apiDomain, versions: [1] } });
const unreachable: DomainAnswer = { status: 503 };

/** A server for acme-mail.com whose API is at `apiDomain`, and its domain's file. */
async function openOwn(t: TestContext, apiDomain: string) {
  const { outbound, answer } = await startDomains(t, [OWN]);
  const store = inMemory();
  const clock = { time: 1_800_000_000_000 };
  const open = async (): Promise<OwnDomains> => {
    const config = { domain: OWN, apiDomain: apiDomain as Domain };
    const own = new OwnDomains({ config, outbound, now: () => clock.time, store });
    await own.open();
    return own;
  };
  const own = await open();
  const look = async (file: DomainAnswer, { by = own, hours = 0 } = {}): Promise<boolean> => {
    answer(`${OWN} /.well-known/keypears.json`, file);
    clock.time += hours * HOUR;
    const standing = await by.refresh();
    const acts = by.actsFor(OWN);
    assert.equal(standing.acts, acts);
    return acts;
  };
  return { own, open, look };
}

for (const apiDomain of [OWN, "kp.acme-mail.com"]) {
  test(`at ${apiDomain}: a server acts for its domain until the file names another one, and again when it names it again`, async (t) => {
    const { own, look } = await openOwn(t, apiDomain);
    assert.equal(own.actsFor(OWN), true);
    assert.equal(own.actsFor("other.com" as Domain), false);
    assert.equal(await look(naming(apiDomain)), true);
    assert.equal(await look(naming("hoster.net")), false);
    assert.equal(await look(naming("hoster.net")), false);
    assert.equal(await look(naming(apiDomain)), true);
  });

  test(`at ${apiDomain}: once the file has named another one, neither its silence nor a restart brings the domain back`, async (t) => {
    const { look, open } = await openOwn(t, apiDomain);
    await look(naming(apiDomain));
    assert.equal(await look(naming("hoster.net")), false);
    for (const hours of [0, 1, 48]) assert.equal(await look(unreachable, { hours }), false);
    const by = await open();
    assert.equal(by.actsFor(OWN), false);
    assert.equal(await look(unreachable, { by }), false);
    assert.equal(await look(naming(apiDomain), { by }), true);
    assert.equal((await open()).actsFor(OWN), true);
  });
}

test("a file that cannot be fetched is no evidence for a day, however often the server starts again", async (t) => {
  const { look, open } = await openOwn(t, "kp.acme-mail.com");
  assert.equal(await look(naming("kp.acme-mail.com")), true);
  for (const file of [unreachable, { status: 404 }, { body: "{" }, naming("127.0.0.1")]) {
    assert.equal(await look(file, { hours: 5 }), true);
  }
  assert.equal(await look(unreachable, { hours: 3.9, by: await open() }), true);
  assert.equal(await look(unreachable, { hours: 0.2, by: await open() }), false);
  const again = await open();
  assert.equal(again.actsFor(OWN), false);
  assert.equal(await look(naming("kp.acme-mail.com"), { by: again }), true);
});

test("a new server whose domain's file is not there yet has a day from its first look", async (t) => {
  const { look } = await openOwn(t, "kp.acme-mail.com");
  assert.equal(await look({ status: 404 }), true);
  assert.equal(await look({ status: 404 }, { hours: 23.9 }), true);
  assert.equal(await look({ status: 404 }, { hours: 0.2 }), false);
});

test("a server that cannot reach itself by its own name, as behind a router at home, acts for its domain all the same", async (t) => {
  const { look, open } = await openOwn(t, OWN);
  for (const hours of [0, 24, 1_000]) assert.equal(await look(unreachable, { hours }), true);
  assert.equal(await look(unreachable, { hours: 24, by: await open() }), true);
});

test("a server that reaches nobody acts for its domain, and asks nobody", async () => {
  const config = { domain: OWN, apiDomain: "kp.acme-mail.com" as Domain };
  const own = new OwnDomains({ config, outbound: null, now: Date.now });
  await own.open();
  assert.deepEqual(await own.refresh(), { acts: true });
  assert.equal(own.actsFor(OWN), true);
});
