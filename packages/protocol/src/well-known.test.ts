import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDomain } from "./address.ts";
import { address } from "./testing/cases.ts";
import { makeWellKnown, parseWellKnown } from "./well-known.ts";

const apiDomain = parseDomain("kp.acme.example");
assert.ok(apiDomain !== null);

test("the file that a server makes says what it was made from", () => {
  const admin = address("you@acme.example");
  const json: unknown = JSON.parse(JSON.stringify(makeWellKnown({ apiDomain, admin })));
  assert.deepEqual(json, {
    apiDomain: "kp.acme.example",
    admin: "you@acme.example",
    versions: [1],
  });
  assert.deepEqual(parseWellKnown(json), { apiDomain, admin, versions: [1] });
  const nobody = makeWellKnown({ apiDomain });
  assert.deepEqual(nobody, { apiDomain: "kp.acme.example", versions: [1] });
  assert.deepEqual(parseWellKnown(nobody), { apiDomain, admin: null, versions: [1] });
});

test("whatever a host serves there, reading it raises no exception", () => {
  fc.assert(fc.property(fc.jsonValue(), (json) => assert.equal(parseWellKnown(json), null)));
  const names = fc.oneof(fc.string(), fc.domain(), fc.emailAddress(), fc.webUrl(), fc.ipV4());
  const members = {
    apiDomain: names,
    admin: fc.oneof(names, fc.constant(undefined)),
    versions: fc.array(fc.oneof(fc.integer(), fc.jsonValue())),
  };
  fc.assert(
    fc.property(fc.record(members), (json) => {
      const parsed = parseWellKnown(json);
      if (parsed === null) return;
      assert.equal(parsed.apiDomain, json.apiDomain.toLowerCase());
      assert.equal(parsed.admin, json.admin?.toLowerCase() ?? null);
    }),
  );
});
