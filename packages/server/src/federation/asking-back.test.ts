/** Servers that ask each other at the same time, each while it answers the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../testing/people.ts";
import { openTown } from "../testing/town.ts";

test("many people of two domains who write to each other at once wait for nobody's turn in a circle", async (t) => {
  const town = await openTown(t, ["a.test", "b.test"], { wire: "tls", hurry: 1 });
  const names = ["ann", "ben", "cat", "dan", "eve", "fay"];
  const people = await Promise.all(
    ["a.test", "b.test"].map((domain) =>
      Promise.all(names.map((name) => town.add(`${name}@${domain}`))),
    ),
  );
  const [ours = [], theirs = []] = people;
  const pairs = ours.flatMap((one, index) => {
    const other = theirs[index];
    assert(other);
    return [[one, other] as const, [other, one] as const];
  });
  // Each challenge has the other server ask back for the sender's keys, of which it knows nothing yet.
  const asked = pairs.map(([from, to]) => pack(town.serverOf(from.address), from, to));
  const begun = performance.now();
  const parcels = await Promise.all(asked);
  // Each notification has it fetch the message.
  await Promise.all(
    pairs.map(async ([from, to], index) => {
      const parcel = parcels[index];
      assert(parcel);
      const id = await town.hand(from, parcel);
      assert.equal((await town.outcome(from, to, id)).state, "delivered");
    }),
  );
  assert(performance.now() - begun < 4_000, "nobody waited until somebody gave up");
});
