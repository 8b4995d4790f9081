import assert from "node:assert/strict";
import { test } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { type Address, parseAddress } from "../address.ts";
import type { Bytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import type { Signature } from "../keys.ts";
import { random } from "../testing/random.ts";
import { judgeChain, judgeNewRecord, pinOf, preferLonger, verifyChain } from "./chain.ts";
import {
  type CheckedRecord,
  type NewKeySet,
  type PublishedRecord,
  encodeRecord,
  generateKeySet,
  hashRecord,
  parsePublishedRecord,
  parseRecord,
  signRecord,
  signRevocation,
} from "./record.ts";

const alice = parseAddress("alice@a.example") as Address;
const start = 1_763_942_400_000;
const sets = await Promise.all([1, 2, 3].map(() => generateKeySet(random)));
const [one, two, three] = sets as [NewKeySet, NewKeySet, NewKeySet];

const initial = await signRecord({
  keySet: one,
  address: alice,
  number: 1,
  reason: "initial",
  createdAt: start,
  previous: null,
});

/** The next record after `before`, made an hour after the start for each number. */
async function next(
  before: PublishedRecord,
  reason: "rotation" | "reset",
  number: number,
  keySet: NewKeySet,
  previous: NewKeySet,
): Promise<PublishedRecord> {
  return signRecord({
    keySet,
    address: alice,
    number,
    reason,
    createdAt: start + 3_600_000 * (number - 1),
    previous: await hashRecord(before.record),
    previousSigningKey: previous.signing.privateKey,
  });
}

const rotation = await next(initial, "rotation", 2, two, one);
const second = await next(rotation, "rotation", 3, three, two);

async function checked(...published: PublishedRecord[]): Promise<readonly CheckedRecord[]> {
  const result = await verifyChain(alice, published);
  assert.ok(result.ok);
  return result.records;
}

test("what a client signs is a chain, and noble finds the same signatures good", async () => {
  const records = await checked(initial, rotation, second);
  assert.deepEqual(
    records.map(({ number, reason }) => [number, reason]),
    [
      [1, "initial"],
      [2, "rotation"],
      [3, "rotation"],
    ],
  );
  for (const [index, { record, possession, continuity }] of [initial, rotation].entries()) {
    const bytes = frame("keypears/v1/key-possession", record);
    const key = (sets[index] as NewKeySet).publicKeys.signing;
    assert.ok(possession !== null && p256.verify(possession, bytes, key, { lowS: false }));
    if (continuity === null) continue;
    const before = frame("keypears/v1/key-continuity", record);
    assert.ok(p256.verify(continuity, before, one.publicKeys.signing, { lowS: false }));
  }
  assert.equal(initial.continuity, null);
  assert.notEqual(rotation.continuity, null);
});

test("only a rotation is signed with the key before; a reset says so and is not", async () => {
  const reset = await next(initial, "reset", 2, two, one);
  assert.equal(reset.continuity, null);
  const records = await checked(initial, reset);
  assert.equal(judgeChain(pinOf(records[0] as CheckedRecord), records).verdict, "reset");
});

test("whoever has no earlier signing key can neither rotate nor sign for its owner", async () => {
  const forged = await next(initial, "rotation", 2, two, three);
  const result = await verifyChain(alice, [initial, forged]);
  assert.deepEqual(result, { ok: false, reason: "continuity", at: 2 });
  const previous = await hashRecord(initial.record);
  const options = { keySet: two, address: alice, number: 2, createdAt: start + 1, previous };
  await assert.rejects(signRecord({ ...options, reason: "rotation" }), TypeError);
});

test("one flipped bit anywhere in a chain, and there is no chain", async () => {
  const chain = [initial, rotation];
  const parts = ["record", "possession", "continuity"] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 1 }),
      fc.constantFrom(...parts),
      fc.nat(),
      async (index, part, bit) => {
        const published = chain[index] as PublishedRecord;
        const bytes = published[part];
        fc.pre(bytes !== null);
        const changed = new Uint8Array(bytes);
        const at = (bit >> 3) % changed.length;
        changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
        const altered = chain.with(index, { ...published, [part]: changed });
        assert.equal((await verifyChain(alice, altered)).ok, false);
      },
    ),
    { numRuns: 300 },
  );
});

test("any bytes, alone or after a lawful record, are refused with a reason and never thrown at", async () => {
  const signature = fc.option(fc.uint8Array({ minLength: 64, maxLength: 64 }));
  const bytes = fc.uint8Array({ maxLength: 600 });
  await fc.assert(
    fc.asyncProperty(bytes, signature, signature, async (record, possession, continuity) => {
      const published = {
        record: new Uint8Array(record),
        possession: possession as Bytes as Signature | null,
        continuity: continuity as Bytes as Signature | null,
      };
      const result = await verifyChain(alice, [published]);
      assert.deepEqual(result, { ok: false, reason: "encoding", at: 1 });
      const after = await verifyChain(alice, [initial, published]);
      assert.deepEqual(after, { ok: false, reason: "encoding", at: 2 });
      assert.equal(parseRecord(published.record), null);
    }),
  );
});

test("a record comes back from its bytes", () => {
  const keys = one.publicKeys;
  const fields = fc.record({
    number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    reason: fc.constantFrom("initial", "rotation", "reset", "revoked"),
    createdAt: fc.maxSafeNat(),
    previous: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
    keys: fc.constantFrom(keys, null),
  });
  fc.assert(
    fc.property(fields, (values) => {
      const record = { suite: 1, address: alice, ...values } as Parameters<typeof encodeRecord>[0];
      const parsed = parseRecord(encodeRecord(record));
      assert.ok(parsed !== null);
      assert.deepEqual(encodeRecord(parsed), encodeRecord(record));
      const { number, reason, createdAt } = parsed;
      const { previous, keys: read } = parsed;
      assert.deepEqual(
        { number, reason, createdAt },
        {
          number: values.number,
          reason: values.reason,
          createdAt: values.createdAt,
        },
      );
      assert.deepEqual(previous && [...previous], values.previous && [...values.previous]);
      assert.deepEqual(read, values.keys);
    }),
  );
});

test("any JSON is a published record or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      assert.equal(parsePublishedRecord(json), null);
      const whole = { record: "AAAA", possession: null, continuity: json };
      assert.equal(parsePublishedRecord(whole) !== null, json === null);
    }),
  );
  const long = { record: "A".repeat(696), possession: null, continuity: null };
  assert.equal(parsePublishedRecord(long), null);
});

test("a long chain judged page by page is the chain judged at once", async () => {
  const whole = await checked(initial, rotation, second);
  let earlier: CheckedRecord | undefined;
  const paged: CheckedRecord[] = [];
  for (const published of [initial, rotation, second]) {
    const page = await verifyChain(alice, [published], earlier);
    assert.ok(page.ok);
    paged.push(...page.records);
    earlier = page.records.at(-1);
  }
  assert.deepEqual(paged, whole);
});

test("a server takes the next record only within five minutes of its clock", async () => {
  const [current = null] = await checked(initial);
  const made = start + 3_600_000;
  const options = { address: alice, current, published: rotation };
  for (const [now, ok] of [
    [made, true],
    [made + 300_000, true],
    [made - 300_000, true],
    [made + 300_001, false],
    [made - 300_001, false],
    [Number.NaN, false],
  ] as const) {
    const result = await judgeNewRecord({ ...options, now });
    assert.equal(result.ok, ok);
    if (!result.ok) assert.equal(result.reason, "clock");
  }
});

test("a client that knows a chain is never taken back or aside unnoticed", async () => {
  const records = await checked(initial, rotation, second);
  const pin = pinOf(records[2] as CheckedRecord);
  assert.equal(judgeChain(pin, records.slice(0, 2)).verdict, "shorter");
  const aside = await checked(initial, await next(initial, "rotation", 2, three, one));
  assert.equal(judgeChain(pinOf(records[1] as CheckedRecord), aside).verdict, "fork");
  assert.equal(preferLonger(records, aside), "fork");
  assert.equal(preferLonger(records.slice(0, 1), records), records);
});

test("judging nothing, or records that begin after the pin, is a programmer's error", async () => {
  const records = await checked(initial, rotation);
  assert.throws(() => judgeChain(null, []), RangeError);
  const pin = pinOf(records[0] as CheckedRecord);
  assert.throws(() => judgeChain(pin, records.slice(1)), RangeError);
});

test("after a revocation there are no keys, and only a reset goes on", async () => {
  const fields = { address: alice, number: 3, createdAt: start + 2 * 3_600_000 };
  const previous = await hashRecord(rotation.record);
  const atHand = { ...fields, previous, previousSigningKey: two.signing.privateKey };
  for (const revocation of [
    await signRevocation({ ...fields, previous }),
    await signRevocation(atHand),
  ]) {
    const records = await checked(initial, rotation, revocation);
    const pin = pinOf(records[1] as CheckedRecord);
    const judged = judgeChain(pin, records);
    assert.equal(judged.verdict, "revoked");
    assert.equal(judged.newest.keys, null);
    const again = await next(revocation, "reset", 4, three, two);
    const reset = await checked(initial, rotation, revocation, again);
    assert.equal(judgeChain(pin, reset).verdict, "reset");
    const goesOn = await next(revocation, "rotation", 4, three, two);
    const result = await verifyChain(alice, [initial, rotation, revocation, goesOn]);
    assert.deepEqual(result, { ok: false, reason: "reason", at: 4 });
  }
  await assert.rejects(signRevocation({ ...fields, number: 1, previous }), TypeError);
});

test("what does not fit its reason is not signed", async () => {
  const previous = await hashRecord(initial.record);
  const options = { keySet: two, address: alice, createdAt: start };
  for (const wrong of [
    { number: 1, reason: "initial", previous },
    { number: 2, reason: "initial", previous: null },
    { number: 2, reason: "reset", previous: null },
    { number: 1, reason: "reset", previous },
  ] as const) {
    await assert.rejects(signRecord({ ...options, ...wrong }), TypeError);
  }
  await assert.rejects(
    generateKeySet((length) => random(length - 1)),
    RangeError,
  );
});
