import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, parseDomain } from "@keypears/protocol";
import { siteOf } from "./site.ts";

const sites = {
  "acme.com": "acme.com",
  "mail.acme.com": "acme.com",
  "a.b.c.acme.co.uk": "acme.co.uk",
  "co.uk": "co.uk",
  "one.duckdns.org": "duckdns.org",
  "two.github.io": "github.io",
  "xn--mnchen-3ya.de": "xn--mnchen-3ya.de",
  localhost: "localhost",
  "a.localhost": "a.localhost",
  "mail.a.localhost": "a.localhost",
  "a.test": "a.test",
  "mail.a.test": "a.test",
  "x.y.example": "y.example",
};

for (const [domain, site] of Object.entries(sites)) {
  test(`strangers of ${domain} are counted under ${site}`, () => {
    assert.equal(siteOf(parseDomain(domain) as Domain), site);
  });
}
