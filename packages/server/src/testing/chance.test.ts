import assert from "node:assert/strict";
import { test } from "node:test";
import { Chance } from "./chance.ts";

const draw = (chance: Chance): number[] => Array.from({ length: 20 }, () => chance.next());

test("the same seed gives the same decisions, another seed and another name give others", () => {
  assert.deepEqual(draw(new Chance("a")), draw(new Chance("a")));
  assert.notDeepEqual(draw(new Chance("a")), draw(new Chance("b")));
  const one = new Chance("a");
  const named = draw(one.of("x"));
  draw(one);
  assert.deepEqual(draw(one.of("x")), named);
  assert.notDeepEqual(draw(one.of("y")), named);
});

test("what is drawn is spread over all that there is", () => {
  const chance = new Chance("spread");
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < 4_000; index++) {
    const drawn = chance.pick([0, 1, 2, 3]);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  for (const count of counts) assert(count > 850 && count < 1150, String(counts));
  assert.deepEqual(
    chance.shuffle([1, 2, 3, 4, 5]).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5],
  );
});
