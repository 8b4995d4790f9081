import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runIdentityVectors } from "../packages/protocol/src/testing/vectors-identity.ts";
import { runMessageVectors } from "../packages/protocol/src/testing/vectors-message.ts";
import {
  SUITES,
  type SuiteReport,
  runWycheproof,
} from "../packages/protocol/src/testing/wycheproof.ts";
import { runInChromium } from "./browser.ts";

interface VectorReport {
  readonly passed: number;
  readonly failures: string[];
}
interface Report {
  readonly identity: VectorReport;
  readonly message: VectorReport;
  readonly wycheproof: SuiteReport[];
}

const vectors = new URL("../vectors/", import.meta.url);
const suites = new URL("../../shared/vectors/wycheproof/", import.meta.url);

async function load(folder: URL, name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8"));
}

test("a browser's cryptography does, through our code, exactly what a server's does", async (t) => {
  const here = existsSync(suites);
  const files = new Map(
    (here ? SUITES : []).map((name) => [
      `/wycheproof/${name}.json`,
      new URL(`${name}.json`, suites),
    ]),
  );
  const { result, violations } = await runInChromium("e2e/vectors.page.ts", { files });
  const browser = result as Report;

  await t.test("every vector of encoding, passwords and identity", async (part) => {
    assert.deepEqual(browser.identity.failures, []);
    const { passed } = await runIdentityVectors((name) => load(vectors, name));
    assert.equal(browser.identity.passed, passed);
    part.diagnostic(`${passed} vectors`);
  });

  await t.test("every vector of messages and proof of work", async (part) => {
    assert.deepEqual(browser.message.failures, []);
    const { passed } = await runMessageVectors((name) => load(vectors, name));
    assert.equal(browser.message.passed, passed);
    part.diagnostic(`${passed} vectors`);
  });

  await t.test("every case of Wycheproof, where its suites are at hand", async (part) => {
    const node = here ? await runWycheproof((suite) => load(suites, suite)) : [];
    assert.deepEqual(browser.wycheproof, node);
    if (!here) part.diagnostic("absent: the Wycheproof suites are no part of the project");
    for (const { suite, passed, failures } of browser.wycheproof) {
      assert.deepEqual(failures, []);
      part.diagnostic(`${suite}: ${passed} cases`);
    }
  });

  await t.test("and the web app's policy refuses nothing of it", () => {
    assert.deepEqual(violations, []);
  });
});
