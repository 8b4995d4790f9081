import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { idBytes, idFromBytes, idTime, makeId, parseId } from "./id.ts";

const time = fc.nat({ max: 2 ** 48 - 1 });
const random = fc.uint8Array({ minLength: 10, maxLength: 10 });

test("an id keeps its time, and comes back from its text and from its bytes", () => {
  fc.assert(
    fc.property(time, random, (at, bytes) => {
      const id = makeId(at, bytes);
      assert.equal(idTime(id), at);
      assert.equal(parseId(id), id);
      assert.equal(idFromBytes(idBytes(id)), id);
    }),
  );
});

test("ids of one source are ordered by time, as text and as bytes", () => {
  fc.assert(
    fc.property(time, time, random, random, (a, b, one, other) => {
      fc.pre(a < b);
      const [earlier, later] = [makeId(a, one), makeId(b, other)];
      assert.ok(earlier < later);
      assert.equal(Buffer.compare(idBytes(earlier), idBytes(later)), -1);
    }),
  );
});

test("74 random bits are in an id: other bits make another id", () => {
  fc.assert(
    fc.property(time, random, fc.nat({ max: 79 }), (at, bytes, bit) => {
      const flipped = new Uint8Array(bytes);
      const index = bit >> 3;
      flipped[index] = (flipped[index] as number) ^ (0x80 >> (bit & 7));
      // The first four bits give way to the version, the first two of the third byte to the variant.
      const overwritten = bit < 4 || bit === 16 || bit === 17;
      assert.equal(makeId(at, bytes) === makeId(at, flipped), overwritten);
    }),
  );
});

test("any text and any bytes are read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 20 }), (text, bytes) => {
      assert.equal(parseId(text), null);
      const id = idFromBytes(bytes);
      if (id !== null) assert.deepEqual(idBytes(id), new Uint8Array(bytes));
    }),
  );
});

test("a time or random bytes that make no id are a programmer's error", () => {
  for (const bad of [-1, 0.5, 2 ** 48, Number.NaN]) {
    assert.throws(() => makeId(bad, new Uint8Array(10)), RangeError);
  }
  assert.throws(() => makeId(0, new Uint8Array(9)), RangeError);
  assert.throws(() => makeId(0, new Uint8Array(16)), RangeError);
});
