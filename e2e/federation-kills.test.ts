/** `kill -9` at every point of a delivery, of whichever server is there: after a start every message has arrived, once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Person, eventually, startTown } from "./processes.ts";

/** As long as a message may take once everybody is back. */
const SOON = 90_000;

/** The points of spec/9.2, in their order, and at whose server each is. */
const points = {
  queued: "sender",
  notifying: "sender",
  notified: "recipient",
  claimed: "recipient",
  resolved: "recipient",
  pulling: "sender",
  pulled: "recipient",
  judged: "recipient",
  stored: "recipient",
  answered: "sender",
  delivered: "sender",
} as const;

test("killed at any point of a delivery, either server comes back to every message, once and in order", async (t) => {
  const town = await startTown(t, ["a.test", { domain: "b.test", apiDomain: "kp.b.test" }]);
  const addresses = ["alice@a.test", "bob@b.test"] as const;
  const people = addresses.map((address) => town.person(address)) as [Person, Person];
  await Promise.all(people.map((person, index) => person.ok("signup", addresses[index] ?? "")));
  const expected: string[] = [];
  const send = async (by: 0 | 1, text: string) => {
    expected.push(text);
    return people[by].run(["send", addresses[1 - by] as string, text]);
  };
  for (const by of [0, 1] as const) assert.equal((await send(by, `${by} begins`)).code, 0);

  for (const [index, [point, side]] of Object.entries(points).entries()) {
    await t.test(`at "${point}", the ${side}'s server`, async () => {
      // In turns, so that each server is the sender's and the recipient's.
      const by = index % 2 === 0 ? 0 : 1;
      const text = `over ${point}`;
      const domain = (side === "sender") === (by === 0) ? "a.test" : "b.test";
      await town.server(domain).stop();
      const doomed = await town.start(domain, { killAt: point });
      const sending = send(by, text);
      assert.equal(await doomed.ended, null);
      await town.start(domain);
      // Whoever was not answered has asked again.
      assert.equal((await sending).code, 0);
      await eventually(SOON, async () => {
        const lines = await people[by].ok("read", addresses[1 - by] as string);
        const found = lines.filter((line) => line.text === text);
        assert.equal(found.length, 1);
        return found[0]?.state === "delivered" ? true : null;
      });
      for (const [who, person] of people.entries()) {
        const lines = await person.ok("read", addresses[1 - who] as string, "--limit", "1000");
        assert.deepEqual(
          lines.map((line) => [line.text, line.verified]),
          expected.map((one) => [one, true]),
        );
      }
    });
  }
});
