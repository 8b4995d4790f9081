/** Two servers and what lies between them: whatever happens to a call, and wherever a server dies, nothing is lost or doubled. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Id } from "@keypears/protocol";
import { type Point, points } from "../delivery/points.ts";
import type { Person } from "../testing/people.ts";
import { type Town, openTown } from "../testing/town.ts";
import type { CallKind, Rule } from "../testing/wire.ts";

/** With a host of its own for one API, so that every kind of call is made. */
const places = [
  { domain: "a.test", apiDomain: "kp.a.test", file: "elsewhere" },
  { domain: "b.test", apiDomain: "kp.b.test" },
] as const;

async function open(t: TestContext): Promise<[Town, alice: Person, bob: Person]> {
  const town = await openTown(t, places);
  return [town, await town.add("alice@a.test"), await town.add("bob@b.test")];
}

/** Both mailboxes hold exactly these messages, in this order, and their senders know that they have arrived. */
async function assertConversation(
  town: Town,
  alice: Person,
  bob: Person,
  expected: readonly (readonly [from: Person, id: Id])[],
): Promise<void> {
  for (const [from, id] of expected) {
    const { state, reason } = await town.outcome(from, from === alice ? bob : alice, id);
    assert.deepEqual([state, reason], ["delivered", null]);
  }
  for (const [owner, peer] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const messages = await town.mailbox(owner, peer);
    for (const who of [alice, bob]) {
      const direction = who === owner ? "sent" : "received";
      assert.deepEqual(
        messages.filter((message) => message.direction === direction).map(({ id }) => id),
        expected.filter(([from]) => from === who).map(([, id]) => id),
      );
    }
  }
}

const fates: Readonly<Record<string, Rule>> = {
  "never arrives": (call) => call.drop(),
  "arrives, and its answer is lost": (call) => call.lose(),
  "arrives twice, one after the other": (call) => call.repeat(),
  "arrives twice at once": async (call) => {
    const [first] = await Promise.all([call.pass(), call.pass()]);
    return first;
  },
  "arrives after its caller has given up": async (call) => {
    setImmediate(() => void call.pass());
    return call.fail("timeout");
  },
  "arrives late": (call) => call.delay(30),
  "meets a server that fails": (call) => call.reply(500, { code: "internal", message: "" }),
  "meets a proxy that has lost its server": (call) => call.reply(502, "<h1>Bad gateway</h1>"),
  "meets a server that is busy": (call) => call.reply(503, { code: "busy", message: "" }),
};

const kinds: readonly CallKind[] = [
  "well-known",
  "federation/serves",
  "keys",
  "federation/request-challenge",
  "federation/notify",
  "federation/pull",
];

for (const kind of kinds) {
  for (const [fate, rule] of Object.entries(fates)) {
    test(`where a call of ${kind} ${fate}, each message arrives once and in its order`, async (t) => {
      const [town, alice, bob] = await open(t);
      const { wire } = town.network;
      const counts = new Map<string, number>();
      wire.on(kind, (call) => {
        // Of either server the first, and one in the middle.
        const nth = (counts.get(call.from) ?? 0) + 1;
        counts.set(call.from, nth);
        return nth === 1 || nth === 3 ? rule(call) : call.pass();
      });
      const sent: [Person, Id][] = [];
      for (const [from, to] of [
        [alice, bob],
        [bob, alice],
        [alice, bob],
        [alice, bob],
        [bob, alice],
      ] as const) {
        sent.push([from, await town.write(from, to)]);
      }
      await assertConversation(town, alice, bob, sent);
      assert(counts.size === 2, "both have called");
    });
  }
}

/** On whose side each point is. */
const side: Readonly<Record<Point, "sender" | "recipient">> = {
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
};

for (const point of points) {
  test(`a server that dies at "${point}" and comes back loses nothing and doubles nothing`, async (t) => {
    const [town, alice, bob] = await open(t);
    const { network } = town;
    const sent: [Person, Id][] = [[alice, await town.write(alice, bob)]];
    await town.outcome(alice, bob, sent[0]?.[1] as Id);
    const domain = side[point] === "sender" ? "a.test" : "b.test";
    const died = network.stopAt(domain, point);
    const parcels = [await town.pack(alice, bob), await town.pack(alice, bob)];
    const handing = (async () => {
      for (const parcel of parcels) sent.push([alice, await town.hand(alice, parcel)]);
    })();
    await died;
    await network.node(domain).start();
    await handing;
    await assertConversation(town, alice, bob, sent);
  });
}
