import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { test } from "node:test";
import { startNetwork } from "./network.ts";

for (const wire of ["memory", "http"] as const) {
  test(`two servers run in one process over ${wire}, and each is found again after a restart`, async (t) => {
    const network = await startNetwork(["a.localhost", "b.localhost"], { wire });
    t.after(() => network.close());
    for (const node of network.nodes) {
      const health = await node.fetch("/health");
      assert.deepEqual([health.status, await health.json()], [200, { status: "ok" }]);
      const { context, url } = node;
      await node.restart();
      assert.equal(node.url, url);
      assert.notEqual(node.context, context);
      const known = await node.fetch("/.well-known/keypears.json");
      assert.equal(((await known.json()) as { apiDomain: string }).apiDomain, node.domain);
      assert(node.lines.length >= 2);
    }
    assert.notEqual(network.node("a.localhost"), network.node("b.localhost"));
    assert.throws(() => network.node("c.localhost"), RangeError);
  });
}

test("over tls each server has a certificate of its own domain, which only those who trust the network take", async (t) => {
  const network = await startNetwork(["a.test", "b.test"], { wire: "tls" });
  t.after(() => network.close());
  for (const node of network.nodes) {
    assert.equal(node.url, `https://${node.domain}`);
    const { port } = node;
    await node.restart();
    assert.equal(node.port, port);
    const answer = await node.fetch("/health");
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("strict-transport-security") ?? "", /max-age=[1-9]/);
    await assert.rejects(node.fetch("https://c.test/health"), {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    const stranger = request({ host: "127.0.0.1", port, servername: node.domain, agent: false });
    await assert.rejects(once(stranger.end(), "response"), {
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  }
});

test("over http a network refuses a domain that would need a certificate", async () => {
  await assert.rejects(startNetwork(["a.test"], { wire: "http" }), RangeError);
});
