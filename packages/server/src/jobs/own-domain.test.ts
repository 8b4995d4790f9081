import assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { OwnDomains } from "../federation/own-domains.ts";
import { openTestServer } from "../testing/people.ts";
import { type DomainAnswer, startDomains } from "../testing/domains.ts";
import { lookAtOwnDomain } from "./own-domain.ts";

const OWN = "acme-mail.com" as Domain;
const API = "kp.acme-mail.com" as Domain;
const HOUR = 3_600_000;

const naming = (apiDomain: string): DomainAnswer => ({ body: { apiDomain, versions: [1] } });

test("what is wrong with the own domain's file is said in words before it has consequences, once an hour, and at each start", async (t) => {
  const { context: bare, clock } = await openTestServer(t);
  const { outbound, answer } = await startDomains(t, [OWN]);
  const said: string[] = [];
  const note = (fields: object, message: string) =>
    void said.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const open = () => {
    const config = { domain: OWN, apiDomain: API };
    const ownDomains = new OwnDomains({ config, outbound, now: () => clock.time });
    return { ...bare, log, ownDomains };
  };
  const context = open();
  const look = async (file: DomainAnswer, hours: number, by = context): Promise<string[]> => {
    clock.time += hours * HOUR;
    answer(`${OWN} /.well-known/keypears.json`, file);
    await lookAtOwnDomain(by);
    return said.splice(0);
  };
  assert.deepEqual(await look(naming(API), 0), []);
  const [soon = ""] = await look({ status: 404 }, 1);
  assert.match(soon, /cannot be fetched: in 23 h .* 421 .*"fault":"no_file"/);
  assert.deepEqual(await look({ status: 404 }, 0.5), []);
  assert.match(String(await look({ status: 404 }, 2)), /in 20 h/);
  assert.match(String(await look({ status: 404 }, 21)), /for a day: .* answered with 421/);
  assert.deepEqual(await look(naming(API), 0), [
    "the domain's keypears.json names this server again {}",
  ]);
  assert.match(String(await look(naming("hoster.net"), 0)), /names another server: .* 421/);
  assert.deepEqual(await look(naming("hoster.net"), 0.1), []);
  assert.match(String(await look(naming("hoster.net"), 0, open())), /names another server/);
});
