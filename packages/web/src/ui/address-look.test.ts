import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, initialsOf } from "./address-look.ts";

test("an address has the same colour every time, and addresses are spread over all eight", () => {
  const counts = new Map<number, number>();
  for (let index = 0; index < 800; index++) {
    const address = `person${index}@example.com`;
    const colour = colourOf(address);
    assert.equal(colour, colourOf(address));
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const count of counts.values()) assert.ok(count > 50, `${count} of 800`);
});

test("initials come from the words of a name", () => {
  assert.equal(initialsOf("alice@a.com"), "A");
  assert.equal(initialsOf("ada.lovelace@a.com"), "AL");
  assert.equal(initialsOf("grace_m_hopper@a.com"), "GM");
  assert.equal(initialsOf("7of9@a.com"), "7");
  assert.equal(initialsOf("!@a.com"), "?");
});
