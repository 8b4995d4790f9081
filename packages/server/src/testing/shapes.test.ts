/** How the servers of a network reach each other, in each arrangement, before anything is said between them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, WELL_KNOWN_PATH } from "@keypears/protocol";
import type { OutboundAnswer } from "../net/outbound.ts";
import { type Host, type Network, type Place, startNetwork } from "./network.ts";

/** A request as one server of the network makes it. */
async function ask(
  network: Network,
  from: string,
  host: string,
  path = WELL_KNOWN_PATH,
): Promise<OutboundAnswer> {
  const { federation } = network.node(from).context;
  assert(federation !== null);
  const options = { method: "GET", path, mostBytes: 1_000, cause: "user" } as const;
  return federation.outbound.send({ host: host as Domain, ...options });
}

const said = (answer: OutboundAnswer): unknown =>
  answer.ok ? [answer.status, Buffer.from(answer.body).toString()] : answer.fault;

const places: Place[] = [
  { domain: "a.test" },
  { domain: "b.test", apiDomain: "kp.b.test" },
  { domain: "c.test", apiDomain: "kp.host.test", file: "elsewhere" },
];

const odd: Host = {
  names: ["odd.test", "very.odd.test"],
  answer: (request) => {
    const { hostname, pathname } = new URL(request.url);
    if (pathname === "/name") return new Response(hostname);
    if (pathname === "/moved") return Response.redirect("https://a.test/health", 302);
    if (pathname === "/endless") {
      return new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(100)) }));
    }
    return new Response("busy", { status: 503, headers: { "Retry-After": "7" } });
  },
};

for (const wire of ["memory", "tls"] as const) {
  test(`over ${wire} a domain's file is found at its server or elsewhere, and its server where the file says`, async (t) => {
    const network = await startNetwork(places, { wire, hosts: [odd] });
    t.after(() => network.close());
    for (const { domain, apiDomain = domain, file } of places) {
      const expected = [200, JSON.stringify({ apiDomain, versions: [1] })];
      assert.deepEqual(said(await ask(network, "a.test", domain)), expected);
      assert.deepEqual(said(await ask(network, "a.test", apiDomain, "/health")), [
        200,
        '{"status":"ok"}',
      ]);
      if (file === "elsewhere") {
        const there = await ask(network, "a.test", domain, "/health");
        assert.deepEqual(there.ok && there.status, 404);
      }
    }
    assert.equal(said(await ask(network, "a.test", "nowhere.test")), "dns");
    for (const host of ["a.test", "b.test", "c.test", "nowhere.test"]) {
      assert(
        network.wire.of("well-known").some((call) => call.from === "a.test" && call.host === host),
      );
    }
  });

  test(`over ${wire} a server that has stopped or died is not there, until it is started again`, async (t) => {
    const network = await startNetwork(["a.test", "b.test"], { wire });
    t.after(() => network.close());
    const b = network.node("b.test");
    const { port } = b;
    for (const end of [() => b.close(), () => b.kill()]) {
      assert.equal((await ask(network, "a.test", "b.test")).ok, true);
      await end();
      assert.equal(b.running, false);
      assert.equal(said(await ask(network, "a.test", "b.test")), "connect");
      await assert.rejects(b.fetch("/health"), TypeError);
      await b.start();
      assert.equal(b.port, port);
    }
    await assert.rejects(b.start(), /runs already/);
    assert.equal((await b.fetch("/health")).status, 200);
    assert.equal((await ask(network, "a.test", "b.test")).ok, true);
  });

  test(`over ${wire} a host of any kind answers what it likes, and no server follows it or reads on for ever`, async (t) => {
    const network = await startNetwork(["a.test"], { wire, hosts: [odd] });
    t.after(() => network.close());
    assert.deepEqual(said(await ask(network, "a.test", "odd.test", "/name")), [200, "odd.test"]);
    assert.deepEqual(said(await ask(network, "a.test", "very.odd.test", "/name")), [
      200,
      "very.odd.test",
    ]);
    assert.equal(said(await ask(network, "a.test", "odd.test", "/moved")), "bad_answer");
    assert.equal(said(await ask(network, "a.test", "odd.test", "/endless")), "bad_answer");
    const busy = await ask(network, "a.test", "odd.test", "/busy");
    assert.deepEqual(busy.ok && [busy.status, busy.retryAfter], [503, 7]);
  });
}

test("a server dies at a point, where nothing that comes after is done, and lives again", async (t) => {
  const network = await startNetwork(["a.test"]);
  t.after(() => network.close());
  const node = network.node("a.test");
  const seen: string[] = [];
  const end = network.at("a.test", "queued", () => void seen.push("queued"));
  const died = network.stopAt("a.test", "queued", 2);
  const { context } = node;
  const go = async (name: string): Promise<void> => {
    await context.reached("queued");
    seen.push(name);
  };
  await go("first");
  void go("second");
  await died;
  assert.equal(node.running, false);
  await assert.rejects(
    context.store.transaction(async () => {}),
    /closed/,
  );
  await node.start();
  await node.context.reached("queued");
  end();
  await node.context.reached("queued");
  assert.deepEqual(seen, ["queued", "first", "queued", "queued"]);
});
