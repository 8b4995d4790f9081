import assert from "node:assert/strict";
import { test } from "node:test";
import { loadKernel } from "@keypears/pow5/node";
import { runInChromium } from "./browser.ts";

const kernel = loadKernel();

function assertSolved(nonces: readonly string[], difficultyOf: (index: number) => number): void {
  assert.equal(nonces.length, 16);
  for (const [index, hex] of nonces.entries()) {
    const [seed, nonce] = [new Uint8Array(32).fill(index), Buffer.from(hex, "hex")];
    assert.ok(kernel.verify({ seed, difficulty: difficultyOf(index), nonce }), `part ${index}`);
  }
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const EVERY_PART = Array.from({ length: 16 }, (_, index) => index);

interface GpuReport {
  strict: string;
  headers: number;
  wrongVectors: number;
  wrongRandom: number;
  wrongSpoilt: number;
  wrongPlain: number;
  verified: number;
  nonces: string[];
  order: number[];
  cancelled: string;
  liar: string;
  pathBefore: string;
  pathAfter: string;
  fault: string | null;
  told: number[];
  survived: string[];
  inWorker: string;
}

test("proof of work in a browser with a (software) graphics processor, under the web app's policy", async (t) => {
  const { result, violations } = await runInChromium("e2e/pow5-gpu.page.ts", {
    softwareGpu: true,
    milliseconds: 240_000,
  });
  const report = result as GpuReport;

  await t.test("the WGSL kernel agrees with every vector and with 10,000 random headers", () => {
    assert.equal(report.headers, 10_032);
    const { wrongVectors, wrongRandom, wrongPlain } = report;
    assert.deepEqual(
      { wrongVectors, wrongRandom, wrongPlain },
      { wrongVectors: 0, wrongRandom: 0, wrongPlain: 0 },
    );
    // Each spoilt hash is one off: one of its two searches comes out otherwise.
    assert.equal(report.wrongSpoilt, 32);
  });

  await t.test(
    "where many nonces of a dispatch are solutions, each part is answered with one",
    () => {
      assert.equal(report.verified, 16);
    },
  );

  await t.test("it finds what a server accepts, part by part", () => {
    assertSolved(report.nonces, () => 200);
    assert.deepEqual(sorted(report.order), EVERY_PART);
  });

  await t.test("mining ends when its user cancels", () => {
    assert.match(report.cancelled, /^AbortError/);
  });

  await t.test("an adapter that is software is not used unless one asks for it", () => {
    assert.equal(report.strict, "software");
  });

  await t.test("a processor whose compiler errs is not used", () => {
    assert.equal(report.liar, "wrong");
  });

  await t.test(
    "when the device is lost half-way, threads go on, and what was solved stays so",
    () => {
      assert.deepEqual([report.pathBefore, report.pathAfter, report.fault], ["gpu", "cpu", "lost"]);
      assertSolved(report.survived, (index) => (index < 4 ? 1 : 3000));
      assert.deepEqual(sorted(report.told), EVERY_PART);
    },
  );

  await t.test("it works in a worker too", () => {
    const seed = new Uint8Array(32).fill(77);
    const nonce = Buffer.from(report.inWorker, "hex");
    assert.ok(kernel.verify({ seed, difficulty: 100, nonce }));
  });

  await t.test("the web app's policy allows all of it", () => assert.deepEqual(violations, []));
});

test("in a browser without a graphics processor the threads do the work, and it is said why", async () => {
  const { result, violations } = await runInChromium("e2e/pow5-gpu.page.ts");
  const { refused, path, nonces, threads } = result as {
    refused: string;
    path: string;
    nonces: string[];
    threads: number;
  };
  assert.ok(["no-adapter", "unsupported"].includes(refused), refused);
  assert.equal(path, "cpu");
  assert.ok(threads >= 1);
  assertSolved(nonces, () => 2000);
  assert.deepEqual(violations, []);
});
