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

test("messages that are announced in any order arrive, each once", async (t) => {
  const [town, , bob] = await open(t);
  const senders = await Promise.all(
    ["amy", "ann", "ava"].map((name) => town.add(`${name}@a.test`)),
  );
  const parcels = await Promise.all(senders.map((sender) => town.pack(sender, bob)));
  town.network.wire.reverse("federation/notify", 3);
  const ids = await Promise.all(
    senders.map((sender, index) => town.hand(sender, parcels[index] as (typeof parcels)[0])),
  );
  for (const [index, sender] of senders.entries()) {
    assert.equal((await town.outcome(sender, bob, ids[index] as Id)).state, "delivered");
    assert.deepEqual(
      (await town.mailbox(bob, sender)).map(({ id }) => id),
      [ids[index]],
    );
  }
  const order = await Promise.all(
    senders.map(async (sender) => (await town.mailbox(bob, sender))[0]?.revision ?? 0),
  );
  const told = town.network.wire.of("federation/notify").slice(0, 3);
  const arrived = told.map(({ input }) => order[ids.indexOf(input?.["id"] as Id)] ?? 0);
  assert.deepEqual(
    arrived,
    arrived.toSorted((a, b) => b - a),
    "the last one first",
  );
});

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const seed of [1, 2, 3]) {
  test(`whatever comes together, seed ${seed}: calls that go wrong and servers that die, each message arrives once`, async (t) => {
    const [town, alice, bob] = await open(t);
    const { network } = town;
    const carol = await town.add("carol@b.test");
    const draw = drawing(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;
    network.wire.on("any", (call) =>
      draw() < 0.25 ? pick(Object.values(fates))(call) : call.pass(),
    );
    let over = false;
    const ended = Promise.withResolvers<void>();
    const dying = (async () => {
      while (!over) {
        const domain = pick(["a.test", "b.test"]);
        const died = network.stopAt(domain, pick(points), 1 + Math.floor(draw() * 3));
        await Promise.race([died, ended.promise]);
        if (!network.node(domain).running) await network.node(domain).start();
      }
    })();
    const write = async (from: Person, to: Person): Promise<Id[]> => {
      const ids: Id[] = [];
      for (let number = 0; number < 8; number++) {
        const parcel = await town.pack(from, to);
        ids.push(await town.hand(from, parcel));
        // What a client mends by itself: work that came too late.
        for (;;) {
          const { state, reason } = await town.outcome(from, to, ids.at(-1) as Id);
          if (state === "delivered") break;
          assert.equal(reason, "work_expired");
          const { solution } = await town.pack(from, to);
          await town.hand(from, { ...parcel, solution });
        }
      }
      return ids;
    };
    const pairs = [
      [alice, bob],
      [bob, alice],
      [alice, carol],
      [carol, alice],
    ] as const;
    const sent = await Promise.all(pairs.map(([from, to]) => write(from, to)));
    over = true;
    ended.resolve();
    await dying;
    network.wire.clear();
    for (const [index, [from, to]] of pairs.entries()) {
      for (const [owner, peer, direction] of [
        [from, to, "sent"],
        [to, from, "received"],
      ] as const) {
        const ids = (await town.mailbox(owner, peer))
          .filter((message) => message.direction === direction)
          .map(({ id }) => id);
        assert.deepEqual(ids.toSorted(), sent[index]?.toSorted());
      }
    }
  });
}
