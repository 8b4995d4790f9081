import assert from "node:assert/strict";
import { test } from "node:test";
import { makePassphrase } from "./passphrase.ts";

const words = Array.from({ length: 7776 }, (_, index) => `w${index}`);

/** Gives these numbers, one after the other. */
function drawing(numbers: readonly number[]) {
  let at = 0;
  return (target: Uint16Array) => target.fill(numbers[at++] ?? 0);
}

test("a passphrase is six words of the list", () => {
  assert.equal(makePassphrase(words, drawing([0, 1, 7775, 7776, 7777, 5])), "w0 w1 w7775 w0 w1 w5");
});

test("no word is likelier than another: numbers beyond the last whole round are drawn anew", () => {
  const lastFair = 8 * 7776 - 1;
  assert.equal(
    makePassphrase(words, drawing([lastFair, lastFair + 1, 65_535, 1, 2, 3, 4, 5])),
    "w7775 w1 w2 w3 w4 w5",
  );
});

test("a list from which nothing safe can be drawn is refused", () => {
  assert.throws(() => makePassphrase(words.slice(1), drawing([])), RangeError);
  assert.throws(
    () =>
      makePassphrase(
        Array.from({ length: 65_537 }, () => "w"),
        drawing([]),
      ),
    RangeError,
  );
});
