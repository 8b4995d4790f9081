import assert from "node:assert/strict";
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

test("over http a network refuses a domain that would need a certificate", async () => {
  await assert.rejects(startNetwork(["a.test"], { wire: "http" }), RangeError);
});
