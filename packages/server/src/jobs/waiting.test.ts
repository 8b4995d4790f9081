import assert from "node:assert/strict";
import { test } from "node:test";
import { openTown, patiently } from "../testing/town.ts";
import { countWaiting } from "./waiting.ts";

test("an operator is told how much waits for other domains, and for whom is nowhere said", async (t) => {
  const town = await openTown(t, ["a.test", "b.test"]);
  const alice = await town.add("alice@a.test");
  const bob = await town.add("bob@b.test");
  const { context } = town.serverOf(alice.address);
  const lines: [object, string][] = [];
  const log = { ...context.log, info: (...line: [object, string]) => void lines.push(line) };
  town.network.wire.on("federation/notify", (call) => call.fail("connect"));
  await town.write(alice, bob);
  await patiently(async () => (await town.mailbox(alice, bob))[0]?.reason ?? null);
  await countWaiting({ ...context, log });
  assert.deepEqual(lines, [], "it is just on its way");
  town.clock.time += 60_000;
  await countWaiting({ ...context, log });
  assert.deepEqual(lines, [
    [{ outgoing: 1, incoming: 0 }, "messages wait for other domains to be reached"],
  ]);
});
