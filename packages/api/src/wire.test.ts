import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as z from "zod/mini";
import {
  address,
  blockTarget,
  box,
  bytes,
  difficulty,
  domain,
  hash,
  id,
  keyNumber,
  queryInteger,
  revision,
  signature,
  time,
} from "./wire.ts";

/** Unpadded base64url by other code than ours. */
const text = (length: number): string => Buffer.alloc(length, 9).toString("base64url");

/** What every codec refuses, since its wire form is text. */
const noText = [null, undefined, 0, 1, true, [], {}, [text(32)], new Uint8Array(32)];

interface Case {
  readonly codec: z.ZodMiniType;
  /** Wire forms, each with what it means; they are what is written again. */
  readonly valid: readonly (readonly [wire: unknown, value: unknown])[];
  /** Other spellings that are read too, with the one that is written. */
  readonly spelled?: readonly (readonly [wire: string, canonical: string])[];
  /** One fault each. */
  readonly invalid: readonly unknown[];
}

const octets = (wire: string) => new Uint8Array(Buffer.from(wire, "base64url"));
const ofBytes = (...wires: string[]) => wires.map((wire) => [wire, octets(wire)] as const);
const same = (...wires: unknown[]) => wires.map((wire) => [wire, wire] as const);

const oneLong = (length: number) => [
  "",
  text(length - 1),
  text(length + 1),
  `${text(length)}=`,
  `${text(length)}==`,
  ` ${text(length).slice(1)}`,
  `${text(length).slice(0, -1)}\n`,
  `+${text(length).slice(1)}`,
  `/${text(length).slice(1)}`,
  `é${text(length).slice(1)}`,
];

const wholeNumber = (least: number) => [
  least - 1,
  -1,
  least + 0.5,
  Number.MAX_SAFE_INTEGER + 1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  String(least),
  String(least + 1),
  10n,
  null,
  undefined,
  true,
  [],
  {},
];

const cases: Readonly<Record<string, Case>> = {
  "bytes of one length": {
    codec: bytes(16),
    valid: ofBytes(text(16)),
    // 16 bytes leave four bits of the last character unused: they have to be zero.
    invalid: [...oneLong(16), ...noText, `${text(16).slice(0, -1)}R`],
  },
  "bytes between two lengths": {
    codec: bytes(1, 4),
    valid: ofBytes(text(1), text(2), text(3), text(4)),
    invalid: ["", text(5), "A", "AAAAA", ...noText],
  },
  address: {
    codec: address,
    valid: same("alice@acme.com", "o'neil+post@xn--mnchen-3ya.de", `${"a".repeat(64)}@b.cd`),
    spelled: [["Alice@ACME.Com", "alice@acme.com"]],
    invalid: [
      "",
      "alice",
      "@acme.com",
      "alice@",
      "alice@acme",
      "alice@@acme.com",
      "a lice@acme.com",
      " alice@acme.com",
      "alice@acme.com\n",
      "alice\u0000@acme.com",
      "alice@acme.com.",
      ".alice@acme.com",
      "al\u212Aice@acme.com",
      "alice@münchen.de",
      "alice@acme.com\r\nSet-Cookie: a=b",
      `${"a".repeat(65)}@acme.com`,
      `a@${"b.".repeat(126)}com`,
      "a".repeat(100_000),
      ...noText,
    ],
  },
  domain: {
    codec: domain,
    valid: same("acme.com", "localhost", "a.localhost", "xn--mnchen-3ya.de"),
    spelled: [["ACME.com", "acme.com"]],
    invalid: [
      "",
      "com",
      "acme.com.",
      ".acme.com",
      "acme..com",
      "127.0.0.1",
      "[::1]",
      "acme.com:443",
      "acme.com/",
      "münchen.de",
      "a_b.com",
      "-a.com",
      `${"b.".repeat(126)}com`,
      ...noText,
    ],
  },
  "an address or a domain": {
    codec: blockTarget,
    valid: same("eve@evil.com", "evil.com"),
    spelled: [
      ["Eve@Evil.com", "eve@evil.com"],
      ["EVIL.com", "evil.com"],
    ],
    invalid: ["", "@evil.com", "eve@", "evil", "*", "*.evil.com", "eve@evil", ...noText],
  },
  id: {
    codec: id,
    valid: same("01932c07-6f3b-7abc-8def-0123456789ab"),
    invalid: [
      "",
      "01932C07-6F3B-7ABC-8DEF-0123456789AB",
      "01932c07-6f3b-4abc-8def-0123456789ab",
      "01932c07-6f3b-7abc-cdef-0123456789ab",
      "01932c076f3b7abc8def0123456789ab",
      "{1932c07-6f3b-7abc-8def-0123456789a}",
      "01932c07-6f3b-7abc-8def-0123456789ag",
      "01932c07-6f3b-7abc-8def-0123456789ab\n",
      ...noText,
    ],
  },
  hash: { codec: hash, valid: ofBytes(text(32)), invalid: [...oneLong(32), ...noText] },
  signature: { codec: signature, valid: ofBytes(text(64)), invalid: [...oneLong(64), ...noText] },
  box: {
    codec: box(64),
    valid: ofBytes(text(28), text(64)),
    invalid: ["", text(27), text(65), `${text(28)}=`, ...noText],
  },
  time: { codec: time, valid: same(0, 1, Number.MAX_SAFE_INTEGER), invalid: wholeNumber(0) },
  revision: { codec: revision, valid: same(0, 1), invalid: wholeNumber(0) },
  "key number": { codec: keyNumber, valid: same(1, 100), invalid: wholeNumber(1) },
  difficulty: {
    codec: difficulty,
    valid: same(1, Number.MAX_SAFE_INTEGER),
    invalid: wholeNumber(1),
  },
  "whole number in a query": {
    codec: queryInteger(1, 100),
    valid: [
      ["1", 1],
      ["100", 100],
    ],
    spelled: [["007", "7"]],
    invalid: [
      "",
      "0",
      "101",
      "-1",
      "+1",
      "1.0",
      "1e1",
      "0x1",
      " 1",
      "1\n",
      "１",
      "9007199254740993",
      "1".repeat(17),
      ...noText,
    ],
  },
};

for (const [name, { codec, valid, spelled = [], invalid }] of Object.entries(cases)) {
  test(`${name}: what is right is read, and written as it was`, () => {
    for (const [wire, value] of valid) {
      assert.deepEqual(z.decode(codec, wire), value);
      assert.deepEqual(z.encode(codec, value as never), wire);
    }
    for (const [wire, canonical] of spelled) {
      const value = z.decode(codec, wire);
      assert.equal(z.encode(codec, value as never), canonical);
    }
  });

  test(`${name}: what is wrong in one thing is refused, and never throws`, () => {
    for (const wire of invalid) {
      const result = z.safeDecode(codec, wire);
      const shown = typeof wire === "bigint" ? `${wire}n` : JSON.stringify(wire)?.slice(0, 80);
      assert.equal(result.success, false, shown);
    }
  });
}

test("whatever bytes there are, they come back from the wire; every other text of them is refused", () => {
  const codec = bytes(0, 100);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.string({ maxLength: 134 }), (given, odd) => {
      const value = new Uint8Array(given);
      const wire = z.encode(codec, value);
      assert.equal(wire, Buffer.from(value).toString("base64url"));
      assert.deepEqual(z.decode(codec, wire), value);
      const read = z.safeDecode(codec, odd);
      if (read.success) assert.equal(z.encode(codec, read.data as never), odd);
    }),
  );
});

test("a refusal says what is expected, and repeats nothing of what was given", () => {
  const secret = "c2VjcmV0IHNlY3JldA";
  for (const codec of [bytes(16), address, domain, hash, id, signature, box(64)]) {
    const result = z.safeDecode<z.core.$ZodType>(codec, secret);
    assert.equal(result.success, false);
    for (const { message } of result.error?.issues ?? []) assert(!message.includes(secret));
  }
});
