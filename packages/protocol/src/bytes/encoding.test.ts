import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  utf8,
} from "./encoding.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

test("bytes come back from base64url, which is the platform's own", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = toBase64url(value);
      assert.equal(text, Buffer.from(value).toString("base64url"));
      assert.deepEqual(fromBase64url(text), new Uint8Array(value));
    }),
  );
});

test("a base64url text that is read is the only text of its bytes", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."ABCQZaz09-_+/= \n") }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = fromBase64url(text);
      if (read !== null) assert.equal(toBase64url(read), text);
    }),
    { numRuns: 1000 },
  );
});

test("bytes come back from hex, which is lower case and read in either case", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      assert.equal(toHex(value), Buffer.from(value).toString("hex"));
      assert.deepEqual(fromHex(toHex(value)), new Uint8Array(value));
      assert.deepEqual(fromHex(toHex(value).toUpperCase()), new Uint8Array(value));
    }),
  );
});

test("what is no hex is refused", () => {
  for (const text of ["0", "0g", "0x00", " 00", "00\n", "００"]) assert.equal(fromHex(text), null);
});

test("text comes back from UTF-8, byte order mark included", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(fromUtf8(utf8(text)), text);
    }),
  );
  assert.equal(fromUtf8(utf8("\uFEFFa")), "\uFEFFa");
});

test("bytes that are no UTF-8 are refused, and what is read has those bytes again", () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const text = fromUtf8(value);
      if (text !== null) assert.deepEqual(utf8(text), new Uint8Array(value));
    }),
  );
  assert.equal(fromUtf8(Uint8Array.of(0xff)), null);
  assert.equal(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), null);
});

test("a lone surrogate is a programmer's error, not a replacement character", () => {
  assert.throws(() => utf8("a\ud800"), TypeError);
});

test("joined bytes are the parts one after the other, in a buffer of their own", () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (parts) => {
      const joined = concat(...parts);
      assert.deepEqual(joined, new Uint8Array(Buffer.concat(parts)));
      assert.equal(joined.buffer.byteLength, joined.length);
    }),
  );
});

test("bytes are ordered from the left, a beginning before what it begins", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
      assert.equal(equalBytes(a, b), Buffer.from(a).equals(b));
      assert.ok(equalBytes(a, new Uint8Array(a)));
    }),
  );
});
