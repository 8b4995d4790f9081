import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utf8 } from "../bytes/encoding.ts";
import { makeId } from "../bytes/id.ts";
import type { Hash } from "../keys.ts";
import {
  CONTENT_BYTES,
  CONTENT_DEPTH,
  type Content,
  MAX_PADDED,
  decodeContent,
  encodeContent,
  pad,
  unpad,
} from "./content.ts";

// Plain objects, since what is compared with them is plain.
const plain = { noNullPrototype: true } as const;
const ids = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.uint8Array({ minLength: 10, maxLength: 10 }))
  .map(([time, random]) => makeId(time, random));
const hashes = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => new Uint8Array(bytes) as Hash);
const after = fc.array(fc.record({ id: ids, hash: hashes }, plain), { maxLength: 4 });
// Grapheme units of any plane, so that every well-formed text can come up, and no other.
const text = fc.string({ unit: "binary", maxLength: 300 });
const contents: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ type: fc.constant("text" as const), text, after }, plain),
  fc.record({ type: fc.constant("text" as const), text, ref: ids, after }, plain),
);

test("every text is read as it was written, to the last character", () => {
  fc.assert(
    fc.property(contents, (content) => {
      assert.deepEqual(decodeContent(encodeContent(content)), content);
    }),
  );
});

test("arbitrary bytes and arbitrary JSON raise no exception", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeContent(bytes)));
  fc.assert(fc.property(fc.json(), (json) => void decodeContent(utf8(json))));
  const almost = fc.record({
    type: fc.constantFrom("text", "later"),
    text: fc.jsonValue(),
    ref: fc.jsonValue(),
    after: fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())),
  });
  fc.assert(fc.property(almost, (json) => void decodeContent(utf8(JSON.stringify(json)))));
});

test("a type of a later version keeps its name, whatever its members are", () => {
  const types = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/).filter((type) => type !== "text");
  fc.assert(
    fc.property(
      types,
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
      (type, members) => {
        const bytes = utf8(JSON.stringify({ ...members, after: [], type }).toWellFormed());
        assert.deepEqual(decodeContent(bytes), { type: "unknown", declared: type, after: [] });
      },
    ),
  );
});

test("a stranger cannot exhaust a reader by nesting: 65 535 brackets are refused at once", () => {
  assert.equal(decodeContent(utf8("[".repeat(CONTENT_BYTES))), null);
  const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const within = (depth: number): string => `{"type":"text","text":"t","x":${nested(depth - 1)}}`;
  assert.notEqual(decodeContent(utf8(within(CONTENT_DEPTH))), null);
  assert.equal(decodeContent(utf8(within(CONTENT_DEPTH + 1))), null);
});

test("brackets and quotes inside a text count for nothing", () => {
  const deep = "[".repeat(CONTENT_DEPTH + 1);
  for (const quoted of [deep, `"${deep}`, `\\"${deep}`, `${deep}\\`, `\\\\"${deep}"`]) {
    const content: Content = { type: "text", text: quoted, after: [] };
    assert.deepEqual(decodeContent(encodeContent(content)), content);
  }
  const brackets = fc.stringMatching(/^[[\]{}"\\]{0,200}$/);
  fc.assert(
    fc.property(brackets, (quoted) => {
      const content: Content = { type: "text", text: quoted, after: [] };
      assert.deepEqual(decodeContent(encodeContent(content)), content);
    }),
  );
});

test("the longest content fits, one byte more does not", () => {
  const room = CONTENT_BYTES - encodeContent({ type: "text", text: "", after: [] }).length;
  const longest = encodeContent({ type: "text", text: "x".repeat(room), after: [] });
  assert.equal(pad(longest)?.length, MAX_PADDED);
  assert.notEqual(decodeContent(longest), null);
  const longer = encodeContent({ type: "text", text: "x".repeat(room + 1), after: [] });
  assert.ok(pad(longer) === null);
  assert.ok(decodeContent(longer) === null);
});

test("what no reader would take is not written", () => {
  assert.throws(() => encodeContent({ type: "text", text: "\ud83d", after: [] }), TypeError);
  const [item] = fc.sample(fc.record({ id: ids, hash: hashes }, plain), { numRuns: 1, seed: 1 });
  const five = Array.from({ length: 5 }, () => item as { id: never; hash: Hash });
  assert.throws(() => encodeContent({ type: "text", text: "t", after: five }), RangeError);
});

test("padding hides the length up to its step, and comes off without a trace", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (content) => {
      const padded = pad(content);
      assert.ok(padded !== null);
      assert.equal(Math.log2(padded.length / 256) % 1, 0);
      assert.ok(padded.length > content.length);
      assert.ok(padded.length === 256 || padded.length <= 2 * content.length);
      assert.deepEqual(unpad(padded), new Uint8Array(content));
    }),
  );
});

test("a content has one padding: what can be taken off is what would be put on", () => {
  const lengths = fc.constantFrom(0, 1, 128, 255, 256, 257, 512, 768, 1024);
  const bytes = fc.tuple(fc.uint8Array({ maxLength: 1024 }), lengths, fc.boolean());
  fc.assert(
    fc.property(bytes, ([content, length, marked]) => {
      const padded = new Uint8Array(length);
      padded.set(content.subarray(0, length));
      if (marked && content.length < length) padded[content.length] = 0x80;
      const found = unpad(padded);
      if (found !== null) assert.deepEqual(pad(found), padded);
    }),
    { numRuns: 1000 },
  );
});
