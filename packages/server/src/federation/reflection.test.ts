/** What strangers can make a server ask of others: counted at the hosts that are asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { peerContract } from "@keypears/api";
import { type Address, type Challenge, makeId, pairSubject } from "@keypears/protocol";
import * as z from "zod";
import { createServer } from "../server.ts";
import { requestFor } from "../testing/calls.ts";
import type { Host } from "../testing/network.ts";
import { random } from "../testing/people.ts";
import { openTown, patiently } from "../testing/town.ts";

const CALLS = 1_000;

/** What calls that have proved nothing may cause while the clock stands still: at all hosts together, and at one (spec/9.3). */
const MOST = { inAll: 50, atHost: 5 };

test("a thousand calls of strangers, in the names of a thousand domains behind one API, cause no more requests than the budget has", async (t) => {
  const asked = new Map<string, number>();
  const made = Array.from({ length: CALLS }, (_, index) => `made-up-${index}.victim.test`);
  const host: Host = {
    names: ["kp.victim.test", ...made],
    certified: ["*.victim.test"],
    answer: (request) => {
      const { hostname, pathname } = new URL(request.url);
      asked.set(hostname, (asked.get(hostname) ?? 0) + 1);
      if (pathname.includes("/serves/")) return Response.json({ serves: true });
      if (pathname.includes("/keys/")) {
        return Response.json({ code: "no_such_user", message: "" }, { status: 404 });
      }
      return Response.json({ apiDomain: "kp.victim.test", versions: [1] });
    },
  };
  const env = { KEYPEARS_LIMITS: "" };
  const town = await openTown(t, ["b.test"], { wire: "tls", hosts: [host], hurry: 1, env });
  const bob = await town.add("bob@b.test");
  const { context } = town.network.node("b.test");
  const answer = createServer(context);
  const time = town.clock.time;
  const { notify, requestChallenge } = peerContract.federation;
  const count = (name: string): number => asked.get(name) ?? 0;
  const inAll = (): number => [...asked.values()].reduce((sum, one) => sum + one, 0);
  /** From as many sources as there are calls: a limit by source alone would let all of them pass. */
  const post = async (
    procedure: typeof notify | typeof requestChallenge,
    index: number,
    input: never,
  ) => {
    const wire = z.encode(procedure.input, input) as Record<string, unknown>;
    const [path, init] = requestFor(procedure, wire);
    const request = new Request(new URL(path, context.origin()), init);
    const answered = await answer(request, { source: `198.51.${index >> 8}.${index & 255}` });
    return ((await answered.json()) as { code?: string }).code;
  };

  // Announcements that are not paid for are looked at here and asked for nowhere.
  const challenge = (sender: Address): Challenge => ({
    algorithm: "pow5-64b-16",
    keyId: "made-up",
    domain: "b.test" as Challenge["domain"],
    purpose: "first-contact",
    subject: pairSubject(sender, bob.address),
    difficulty: 16,
    expiresAt: time + 60_000,
    random: random(16),
    seed: random(32),
  });
  const announced = await Promise.all(
    made.map((domain, index) => {
      const sender = `mallory@${domain}` as Address;
      return post(notify, index, {
        id: makeId(time, random(10)),
        hash: random(32),
        sender,
        recipient: bob.address,
        pullToken: random(32),
        solution: {
          challenge: challenge(sender),
          nonces: Array.from({ length: 16 }, () => random(32)),
        },
      } as never);
    }),
  );
  assert.deepEqual([...new Set(announced)].toSorted(), ["new_challenge"]);
  assert.equal(inAll(), 0);

  const request = async (sender: (domain: string, index: number) => string) => {
    const ask = (domain: string, index: number) =>
      post(requestChallenge, index, {
        sender: sender(domain, index),
        recipient: bob.address,
        time,
        signature: random(64),
      } as never);
    // A few first, so that something is asked however busy the machine is with all the others.
    const few = made.slice(0, 60).map((domain, index) => ask(domain, index));
    await patiently(async () => (inAll() > 0 ? true : null));
    const rest = made.slice(60).map((domain, index) => ask(domain, index + 60));
    return Promise.all([...few, ...rest]);
  };
  const requested = await request((domain) => `mallory@${domain}`);
  assert.deepEqual([...new Set(requested)], ["domain_unreachable"]);
  assert(inAll() > 0, "the test reaches nobody");
  assert(inAll() <= MOST.inAll, `${inAll()} requests`);
  assert(count("kp.victim.test") <= MOST.atHost, `${count("kp.victim.test")} at the API's host`);

  // Nor do a thousand people of one of them, once the budget of all is full again.
  town.clock.time += 60_000;
  asked.clear();
  const people = await request((_, index) => `mallory-${index}@made-up-0.victim.test`);
  assert.deepEqual([...new Set(people)].toSorted(), ["domain_unreachable", "request_refused"]);
  assert(count("kp.victim.test") > 0, "the test does not reach the API's host");
  assert(count("kp.victim.test") <= MOST.atHost, `${count("kp.victim.test")} at the API's host`);
  assert(Math.max(...asked.values()) <= MOST.atHost);
  assert(inAll() <= MOST.inAll);
});
