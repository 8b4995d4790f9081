import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadKernel } from "@keypears/pow5/node";
import { runInChromium } from "./browser.ts";

interface Report {
  vectors: number;
  wrong: number;
  random: number;
  wrongRandom: number;
  verdicts: string[];
  threads: number;
  cores: number;
  nonces: string[];
  order: number[];
  tried: number;
  cancelled: string;
  lost: string;
  untrusted: string;
  missing: string;
}

test("proof of work in a browser, under the web app's policy", async (t) => {
  const { result, violations } = await runInChromium("e2e/pow5.page.ts");
  const report = result as Report;

  await t.test("the kernel agrees with every vector", () => {
    assert.deepEqual({ vectors: report.vectors, wrong: report.wrong }, { vectors: 32, wrong: 0 });
    const file = readFileSync(new URL("../vectors/pow5-solutions.json", import.meta.url), "utf8");
    const { valid, invalid } = JSON.parse(file) as { valid: []; invalid: { reason: string }[] };
    assert.deepEqual(report.verdicts, [
      ...valid.map(() => "valid"),
      ...invalid.map(({ reason }) => reason),
    ]);
  });

  await t.test("the kernel agrees with the oracle about 10,000 random headers", () => {
    const { random, wrongRandom } = report;
    assert.deepEqual({ random, wrongRandom }, { random: 10_000, wrongRandom: 0 });
  });

  await t.test("Web Workers on all cores find what a server accepts, part by part", () => {
    assert.equal(report.threads, report.cores);
    const kernel = loadKernel();
    assert.equal(report.nonces.length, 16);
    for (const [index, nonce] of report.nonces.entries()) {
      const seed = new Uint8Array(32).fill(index);
      assert.ok(kernel.verify({ seed, difficulty: 5000, nonce: Buffer.from(nonce, "hex") }));
    }
    assert.deepEqual(
      report.order.toSorted((a, b) => a - b),
      Array.from({ length: 16 }, (_, index) => index),
    );
    assert.ok(report.tried >= 16, `${report.tried} nonces tried`);
  });

  await t.test("mining ends when its user cancels", () => {
    assert.match(report.cancelled, /^AbortError/);
  });

  await t.test("a worker or a kernel that does not load is an error, not silence", () => {
    assert.match(report.lost, /a mining thread stopped: its script did not load/);
    assert.match(report.missing, /the proof-of-work kernel did not load: 404/);
  });

  await t.test("the policy refuses a worker that our own policy did not name, and no more", () => {
    assert.match(report.untrusted, /TrustedScriptURL/);
    assert.deepEqual(violations, ["require-trusted-types-for: trusted-types-sink"]);
  });
});
