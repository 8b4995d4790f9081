import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat, toHex } from "./encoding.ts";
import { type FrameField, FrameReader, frame, integerBytes, list } from "./frame.ts";

const label = fc.string({ maxLength: 30, unit: "grapheme" });
const integer = fc.maxSafeNat();
const item = fc.uint8Array({ minLength: 3, maxLength: 3 });

/** A field, and how a reader takes it out again. */
const field = fc.oneof(
  fc.string({ unit: "grapheme" }).map((value) => ({
    field: value as FrameField,
    read: (reader: FrameReader): void => assert.equal(reader.text(), value),
  })),
  integer.map((value) => ({
    field: value as FrameField,
    read: (reader: FrameReader): void => assert.equal(reader.integer(), value),
  })),
  fc.uint8Array().map((value) => ({
    field: value as FrameField,
    read: (reader: FrameReader): void => assert.deepEqual(reader.bytes(), new Uint8Array(value)),
  })),
  fc.constant({
    field: null as FrameField,
    read: (reader: FrameReader): void => assert.equal(reader.optional(32), undefined),
  }),
  fc.constant({
    field: undefined as FrameField,
    read: (reader: FrameReader): void => assert.equal(reader.optionalInteger(), undefined),
  }),
  fc.array(item, { maxLength: 4 }).map((items) => ({
    field: list(...items) as FrameField,
    read: (reader: FrameReader): void =>
      assert.deepEqual(
        reader.listOf(3, 4),
        items.map((one) => new Uint8Array(one)),
      ),
  })),
);
const fields = fc.array(field, { maxLength: 6 });

test("whatever goes into a frame comes out of it", () => {
  fc.assert(
    fc.property(label, fields, (name, values) => {
      const reader = new FrameReader(frame(name, ...values.map((one) => one.field)), name);
      for (const { read } of values) read(reader);
      assert.ok(reader.done());
    }),
  );
});

test("a frame that ends early, or goes on, is refused", () => {
  fc.assert(
    fc.property(label, fields, fc.nat(), (name, values, at) => {
      const bytes = frame(name, ...values.map((one) => one.field));
      for (const changed of [bytes.slice(0, at % bytes.length), concat(bytes, Uint8Array.of(0))]) {
        const reader = new FrameReader(changed, name);
        assert.throws(() => {
          for (const { read } of values) read(reader);
          assert.ok(reader.done());
        }, assert.AssertionError);
      }
    }),
  );
});

test("a reader of any bytes answers null or what is there, and never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
      const bytes = concat(frame("x"), tail);
      const reads: ((reader: FrameReader) => unknown)[] = [
        (reader) => reader.bytes(),
        (reader) => reader.text(),
        (reader) => reader.integer(),
        (reader) => reader.fixed(16),
        (reader) => reader.optional(32),
        (reader) => reader.optionalInteger(),
        (reader) => reader.listOf(1, 100),
      ];
      for (const read of reads) {
        const reader = new FrameReader(bytes, "x");
        if (read(reader) === null) assert.equal(reader.done(), false);
        const foreign = new FrameReader(tail, "x");
        read(foreign);
        foreign.done();
      }
    }),
    { numRuns: 500 },
  );
});

test("a field that is cut off is not given out in part", () => {
  const bytes = frame("x", "text");
  assert.equal(new FrameReader(bytes.slice(0, -1), "x").bytes(), null);
  assert.equal(new FrameReader(bytes.slice(0, -1), "x").text(), null);
});

test("after the first null everything is null", () => {
  const reader = new FrameReader(frame("x", "text", 1), "x");
  assert.equal(reader.integer(), null);
  assert.equal(reader.text(), null);
  assert.equal(reader.integer(), null);
  assert.equal(reader.bytes(), null);
  assert.equal(reader.optional(4), null);
  assert.equal(reader.listOf(1, 1), null);
  assert.equal(reader.done(), false);
});

test("a frame is not done before everything was read", () => {
  const reader = new FrameReader(frame("x", 1, 2), "x");
  reader.integer();
  assert.equal(reader.done(), false);
  reader.integer();
  assert.equal(reader.done(), true);
});

test("different fields never give the same bytes", () => {
  const two = fc.tuple(
    fc.string({ maxLength: 6, unit: "grapheme" }),
    fc.string({ maxLength: 6, unit: "grapheme" }),
  );
  fc.assert(
    fc.property(two, two, ([a, b], [c, d]) => {
      assert.equal(toHex(frame("x", a, b)) === toHex(frame("x", c, d)), a === c && b === d);
    }),
  );
});

test("the frame of a Node Buffer's bytes is read like any other, and keeps what was read", () => {
  // A Buffer is a view into a pool, whose slices are views again.
  const bytes = Buffer.from(frame("x", 7, Uint8Array.of(1, 2, 3)));
  assert.notEqual(bytes.buffer.byteLength, bytes.length);
  const reader = new FrameReader(bytes, "x");
  assert.equal(reader.integer(), 7);
  bytes.fill(0);
  assert.deepEqual(reader.bytes(), Uint8Array.of(1, 2, 3));
  assert.ok(reader.done());
});

test("a number that 8 bytes of a frame do not hold exactly is a programmer's error", () => {
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => integerBytes(value), RangeError);
    assert.throws(() => frame("x", value), RangeError);
  }
  assert.equal(toHex(integerBytes(2 ** 53 - 1)), "001fffffffffffff");
});
