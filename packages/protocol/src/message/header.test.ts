import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Bytes, concat } from "../bytes/encoding.ts";
import { makeId } from "../bytes/id.ts";
import type { AgreementPublicKey, Box, Signature, SigningPublicKey } from "../keys.ts";
import { address } from "../testing/cases.ts";
import {
  ENVELOPE_BYTES,
  type Header,
  conversationId,
  encodeEnvelope,
  encodeHeader,
  headerSuite,
  parseEnvelope,
  parseHeader,
} from "./header.ts";

// Plain objects, since what is compared with them is plain.
const record = <Fields>(fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }) =>
  fc.record(fields, { noNullPrototype: true });
const bytesOf = (length: number): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => new Uint8Array(bytes));
const point = bytesOf(64).map((xy) => concat(new Uint8Array([4]), xy));
const time = fc.maxSafeNat();
const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const someone = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}$/),
    fc.stringMatching(/^[a-z]{1,60}$/),
  )
  .map(([name, label]) => address(`${name}@${label}.example`));

const headers: fc.Arbitrary<Header> = record({
  suite: fc.constant(1),
  id: fc
    .tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), bytesOf(10))
    .map(([at, random]) => makeId(at, random)),
  conversation: bytesOf(16),
  sender: someone,
  recipient: someone,
  senderKeyNumber: number,
  recipientKeyNumber: number,
  senderAgreementKey: point as fc.Arbitrary<AgreementPublicKey>,
  recipientAgreementKey: point as fc.Arbitrary<AgreementPublicKey>,
  senderSigningKey: point as fc.Arbitrary<SigningPublicKey>,
  sentAt: time,
  deleteAfter: fc.option(time),
  salt: bytesOf(32),
});

test("every header is read as it was written", () => {
  fc.assert(
    fc.property(headers, (header) => assert.deepEqual(parseHeader(encodeHeader(header)), header)),
  );
});

test("a header has one form: whatever bytes are read are the bytes that would be written", () => {
  const changed = fc.tuple(headers, fc.nat(), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(changed, ([header, position, mask]) => {
      const bytes = encodeHeader(header);
      const index = position % bytes.length;
      bytes[index] = (bytes[index] as number) ^ mask;
      const parsed = parseHeader(bytes);
      if (parsed !== null) assert.deepEqual(encodeHeader(parsed), bytes);
    }),
    { numRuns: 1000 },
  );
});

test("arbitrary bytes and headers cut short are refused without an exception", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      assert.equal(parseHeader(bytes), null);
      headerSuite(bytes);
    }),
  );
  fc.assert(
    fc.property(headers, fc.nat(), (header, length) => {
      const bytes = encodeHeader(header);
      assert.equal(parseHeader(bytes.subarray(0, length % bytes.length)), null);
      assert.equal(parseHeader(concat(bytes, new Uint8Array(1))), null);
    }),
  );
});

test("a header that none can read is not written", () => {
  const [header] = fc.sample(headers, { numRuns: 1, seed: 1 }) as [Header];
  for (const wrong of [
    { suite: 2 },
    { conversation: new Uint8Array(15) },
    { salt: new Uint8Array(31) },
    { senderKeyNumber: 0 },
    { recipientKeyNumber: 0 },
    { sentAt: -1 },
    { sentAt: 0.5 },
    { deleteAfter: 2 ** 53 },
  ]) {
    assert.throws(() => encodeHeader({ ...header, ...wrong }), RangeError, JSON.stringify(wrong));
  }
});

test("both ends have the same conversation, and no other two have it", async () => {
  const pair = fc.tuple(someone, someone);
  await fc.assert(
    fc.asyncProperty(pair, pair, async ([a, b], [c, d]) => {
      assert.deepEqual(await conversationId(a, b), await conversationId(b, a));
      if ([a, b].toSorted().join(" ") === [c, d].toSorted().join(" ")) return;
      assert.notDeepEqual(await conversationId(a, b), await conversationId(c, d));
    }),
  );
});

test("every envelope that fits is read from its JSON as it was written", () => {
  const envelopes = record({
    header: fc.uint8Array({ maxLength: 600 }).map((bytes) => new Uint8Array(bytes)),
    box: fc.uint8Array({ maxLength: 2000 }).map((bytes) => new Uint8Array(bytes) as Box),
    signature: bytesOf(64).map((bytes) => bytes as Signature),
    wraps: fc.array(bytesOf(3), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(envelopes, (envelope) => {
      const text = JSON.stringify(encodeEnvelope(envelope));
      assert.deepEqual(parseEnvelope(JSON.parse(text)), envelope);
    }),
  );
});

test("the largest message fits into an envelope, and nothing much larger does", () => {
  const signature = new Uint8Array(64) as Signature;
  const largest = { header: new Uint8Array(4096), box: new Uint8Array(65_564) as Box, signature };
  const json = encodeEnvelope({ ...largest, wraps: [] });
  assert.ok(JSON.stringify(json).length <= ENVELOPE_BYTES);
  assert.ok(parseEnvelope(json) !== null);
  assert.ok(parseEnvelope({ ...json, wraps: ["A".repeat(8000)] }) === null);
});

test("arbitrary JSON is no envelope, and raises no exception", () => {
  const members = {
    header: fc.json(),
    box: fc.json(),
    signature: fc.json(),
    wraps: fc.array(fc.json()),
  };
  fc.assert(fc.property(fc.jsonValue(), (json) => assert.equal(parseEnvelope(json), null)));
  fc.assert(fc.property(fc.record(members), (json) => assert.equal(parseEnvelope(json), null)));
});
