/** A server that comes back after it was off for a long time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { openTown, patiently } from "../testing/town.ts";

const OWN = "b.test" as Domain;

test("a server that was off for longer than a day acts for its domain again, where it serves the domain's file itself", async (t) => {
  const places = ["a.test", { domain: OWN, apiDomain: "kp.b.test" }];
  const town = await openTown(t, places, { wire: "tls" });
  const { clock, network } = town;
  const [alice, bob] = [await town.add("alice@a.test"), await town.add("bob@b.test")];
  await town.outcome(alice, bob, await town.write(alice, bob));
  const node = network.node(OWN);
  const named = () => node.context.store.db.selectFrom("own_domains").selectAll().execute();
  await patiently(async () => ((await named()).length === 1 ? true : null));
  await node.close();
  clock.time += 25 * 3_600_000;
  await node.start();
  await patiently(async () => (node.context.actsFor(OWN) ? true : null));
  const { state } = await town.outcome(alice, bob, await town.write(alice, bob));
  assert.equal(state, "delivered");
});
