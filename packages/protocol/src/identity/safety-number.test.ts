import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type Address, parseAddress } from "../address.ts";
import { frame } from "../bytes/frame.ts";
import type { Hash } from "../keys.ts";
import { formatSafetyNumber, safetyNumber } from "./safety-number.ts";

const alice = parseAddress("alice@a.example") as Address;
const bob = parseAddress("bob@b.example") as Address;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes as Hash);

test("both ends see the same 60 digits, and another record gives others", async () => {
  await fc.assert(
    fc.asyncProperty(hash, hash, hash, async (one, other, changed) => {
      const a = { address: alice, recordHash: one };
      const b = { address: bob, recordHash: other };
      const digits = await safetyNumber(a, b);
      assert.match(digits, /^[0-9]{60}$/);
      assert.equal(await safetyNumber(b, a), digits);
      fc.pre(Buffer.compare(one, changed) !== 0);
      assert.notEqual(await safetyNumber({ ...a, recordHash: changed }, b), digits);
    }),
  );
});

test("the digits are those that whole numbers give", async () => {
  await fc.assert(
    fc.asyncProperty(hash, hash, async (one, other) => {
      const framed = frame("keypears/v1/safety-number", alice, one, bob, other);
      const first = createHash("sha256").update(framed).digest();
      const bytes = Buffer.concat([first, createHash("sha256").update(first).digest()]);
      const groups = Array.from({ length: 12 }, (_, index) => {
        const group = BigInt(`0x${bytes.subarray(5 * index, 5 * index + 5).toString("hex")}`);
        return String(group % 100_000n).padStart(5, "0");
      });
      const a = { address: alice, recordHash: one };
      const digits = await safetyNumber(a, { address: bob, recordHash: other });
      assert.equal(formatSafetyNumber(digits), groups.join(" "));
    }),
  );
});

test("what is no safety number is not shown as one", () => {
  for (const text of ["", "1".repeat(59), "1".repeat(61), `${"1".repeat(59)}a`]) {
    assert.throws(() => formatSafetyNumber(text), RangeError);
  }
});
