import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ADDRESS_BYTES,
  NAME_BYTES,
  domainOf,
  judgeName,
  nameOf,
  parseAddress,
  parseDomain,
} from "./address.ts";

const atomText = "abzABZ019!#$%&'*+-/=?^_`{|}~";
const atom = fc.string({ unit: fc.constantFrom(...atomText), minLength: 1, maxLength: 10 });
const name = fc.array(atom, { minLength: 1, maxLength: 4 }).map((atoms) => atoms.join("."));
const address = fc.tuple(name, fc.domain()).map(([local, domain]) => `${local}@${domain}`);

test("a canonical address is the same however often it is parsed, and the same for every spelling", () => {
  fc.assert(
    fc.property(address, (text) => {
      const canonical = parseAddress(text);
      assert.ok(canonical !== null);
      assert.equal(canonical, text.toLowerCase());
      assert.equal(parseAddress(canonical), canonical);
      assert.equal(parseAddress(text.toUpperCase()), canonical);
      assert.equal(`${nameOf(canonical)}@${domainOf(canonical)}`, canonical);
      assert.equal(parseDomain(domainOf(canonical)), domainOf(canonical));
    }),
  );
});

test("one character beyond ASCII anywhere, and there is no address", () => {
  const character = fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 1 });
  fc.assert(
    fc.property(address, character, fc.nat(), (text, foreign, at) => {
      fc.pre(/[^\u0000-\u007f]/.test(foreign));
      const index = at % (text.length + 1);
      assert.equal(parseAddress(text.slice(0, index) + foreign + text.slice(index)), null);
    }),
  );
});

test("any text is read or refused, and what is read is within its limits", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.emailAddress(),
    fc.string({ unit: fc.constantFrom(..."aA0.@-_[] "), maxLength: 300 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseAddress(text);
      if (parsed === null) return;
      assert.match(parsed, /^[!-~]+$/);
      assert.equal(parsed, text.toLowerCase());
      assert.ok(nameOf(parsed).length <= NAME_BYTES && parsed.length <= ADDRESS_BYTES);
    }),
    { numRuns: 1000 },
  );
});

test("a text made to be slow is refused at once", () => {
  const started = performance.now();
  assert.equal(parseAddress(`${"a.".repeat(1_000_000)}@a.com`), null);
  assert.equal(parseAddress(`${"a".repeat(63)}!@${"a.".repeat(90)}`), null);
  assert.equal(parseDomain("a-".repeat(120)), null);
  assert.ok(performance.now() - started < 200);
});

test("whom a server lets sign up: a reserved name in no spelling", () => {
  for (const [text, verdict] of [
    ["alice@a.com", "ok"],
    ["Postmaster@a.com", "reserved"],
    ["ABUSE@a.com", "reserved"],
    ["alice+tag@a.com", "form"],
  ] as const) {
    const parsed = parseAddress(text);
    assert.ok(parsed !== null);
    assert.equal(judgeName(parsed), verdict);
  }
});
