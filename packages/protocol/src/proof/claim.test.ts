import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toHex } from "../bytes/encoding.ts";
import { makeId } from "../bytes/id.ts";
import type { Hash } from "../keys.ts";
import { address } from "../testing/cases.ts";
import { START } from "../testing/person.ts";
import { random } from "../testing/random.ts";
import { CLAIM_LEASE, type Claim, judgeClaim, messageBinding } from "./claim.ts";

const [one, two] = [random(32) as Hash, random(32) as Hash];
const bindings = fc.constantFrom(one, two, null);
const times = fc.integer({ min: START, max: START + 2 * CLAIM_LEASE });
const claims: fc.Arbitrary<Claim> = fc.record({
  binding: bindings,
  state: fc.constantFrom("claimed" as const, "spent" as const),
  leaseUntil: fc.option(times),
});

test("a seed that is known is never claimed again, and never serves another binding", () => {
  const until = fc.option(times);
  fc.assert(
    fc.property(claims, bindings, until, times, (existing, binding, resumableUntil, now) => {
      const verdict = judgeClaim({ existing, binding, resumableUntil, now });
      assert.notEqual(verdict, "claim");
      const joins = binding !== null && existing.binding === binding;
      assert.equal(verdict === "other", !joins);
    }),
  );
});

test("at most one attempt holds a claim: it is resumed only when no lease holds", () => {
  fc.assert(
    fc.property(claims, times, (existing, now) => {
      const facts = { existing: { ...existing, binding: one }, binding: one, now };
      const verdict = judgeClaim({ ...facts, resumableUntil: null });
      const held = existing.leaseUntil !== null && now < existing.leaseUntil;
      if (existing.state === "spent") assert.equal(verdict, "same");
      else assert.equal(verdict, held ? "busy" : "resume");
    }),
  );
});

test("a message's binding is of these two, this id and this envelope, in this direction", async () => {
  const [alice, bob] = [address("alice@a.example"), address("bob@b.example")];
  const [first, second] = [makeId(START, random(10)), makeId(START, random(10))];
  const found = await Promise.all([
    messageBinding(alice, bob, first, one),
    messageBinding(bob, alice, first, one),
    messageBinding(alice, bob, second, one),
    messageBinding(alice, bob, first, two),
    messageBinding(address("alice@a.exampl.example"), bob, first, one),
  ]);
  assert.equal(new Set(found.map(toHex)).size, found.length);
  assert.deepEqual(await messageBinding(alice, bob, first, one), found[0]);
});
