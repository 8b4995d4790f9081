import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, utf8 } from "@keypears/protocol";
import type { Outbound, OutboundAnswer, OutboundRequest } from "../net/outbound.ts";
import { Wire } from "./wire.ts";

/** A host that numbers its answers, behind a wire. */
function open(wire = new Wire()) {
  const arrived: string[] = [];
  const door: Outbound = {
    send: async ({ body = "" }) => {
      arrived.push(body);
      const text = utf8(String(arrived.length));
      return { ok: true, status: 200, contentType: "", retryAfter: null, body: text };
    },
    noteVerified: () => {},
    noteContact: () => {},
    close: async () => {},
  };
  const wrapped = wire.wrap("a.test", door);
  const ask = (path: string, input?: object): Promise<OutboundAnswer> => {
    const request: OutboundRequest = {
      host: "b.test" as Domain,
      method: input === undefined ? "GET" : "POST",
      path,
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
      mostBytes: 100,
      cause: "delivery",
    };
    return wrapped.send(request);
  };
  return { wire, arrived, ask, notify: (id: number) => ask("/api/v1/federation/notify", { id }) };
}

const textOf = (answer: OutboundAnswer): string =>
  answer.ok ? Buffer.from(answer.body).toString() : answer.fault;

test("a call passes, never arrives, loses its answer, arrives twice, or is answered by nobody who heard it", async () => {
  const { wire, arrived, notify } = open();
  assert.equal(textOf(await notify(1)), "1");
  const rules = [
    wire.on("federation/notify", (call) => call.drop()),
    wire.on("federation/notify", (call) => call.lose()),
    wire.on("federation/notify", (call) => call.repeat()),
    wire.on("federation/notify", (call) => call.reply(418, { code: "teapot" })),
    wire.on("federation/notify", (call) => call.fail("tls")),
  ];
  const seen: string[] = [];
  // The last rule comes first, and another one when that ends.
  for (const end of rules.toReversed()) {
    seen.push(textOf(await notify(seen.length + 2)));
    end();
  }
  assert.deepEqual(seen, ["tls", `{"code":"teapot"}`, "3", "timeout", "timeout"]);
  assert.deepEqual(arrived, ['{"id":1}', '{"id":4}', '{"id":4}', '{"id":5}']);
  assert.deepEqual(
    wire.calls.map(({ number, arrivals, input }) => [number, arrivals, input]),
    [1, 0, 0, 2, 1, 0].map((arrivals, index) => [index + 1, arrivals, { id: index + 1 }]),
  );
  assert.equal(textOf(await notify(7)), "5");
});

test("calls are told apart by what is asked, and a rule for one kind leaves the others alone", async () => {
  const { wire, ask, notify } = open();
  wire.once("federation/pull", (call) => call.drop());
  for (const path of [
    "/.well-known/keypears.json",
    "/api/v1/keys/alice%40a.test?from=1",
    "/api/v1/federation/serves/a.test",
    "/api/v1/federation/request-challenge",
    "/api/v1/whoami",
  ]) {
    assert.equal((await ask(path)).ok, true);
  }
  assert.equal((await notify(1)).ok, true);
  assert.equal((await ask("/api/v1/federation/pull", {})).ok, false);
  assert.equal((await ask("/api/v1/federation/pull", {})).ok, true);
  assert.deepEqual(
    wire.calls.map(({ kind }) => kind),
    [
      "well-known",
      "keys",
      "federation/serves",
      "federation/request-challenge",
      "other",
      "federation/notify",
      "federation/pull",
      "federation/pull",
    ],
  );
  const [first] = wire.of("keys");
  assert.deepEqual([first?.from, first?.host, first?.cause], ["a.test", "b.test", "delivery"]);
});

test("calls are held until they are released, one or all, and late ones are late", async () => {
  const { wire, arrived, notify } = open();
  wire.on("federation/notify", (call) => call.hold());
  const answers = [notify(1), notify(2), notify(3)];
  const [, second] = await wire.held(3);
  assert.deepEqual(arrived, []);
  second?.release();
  await answers[1];
  assert.deepEqual(arrived, ['{"id":2}']);
  wire.clear();
  await Promise.all(answers);
  assert.deepEqual(arrived, ['{"id":2}', '{"id":1}', '{"id":3}']);
  wire.once("federation/notify", (call) => call.delay(1));
  await Promise.all([notify(4), notify(5)]);
  assert.deepEqual(arrived.slice(3), ['{"id":5}', '{"id":4}']);
});

test("calls that are reversed arrive one after the other, the last one first, and those after them as ever", async () => {
  const { wire, arrived, notify } = open();
  wire.reverse("federation/notify", 3);
  await Promise.all([notify(1), notify(2), notify(3)]);
  await notify(4);
  assert.deepEqual(arrived, ['{"id":3}', '{"id":2}', '{"id":1}', '{"id":4}']);
});
