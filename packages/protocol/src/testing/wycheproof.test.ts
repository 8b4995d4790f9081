import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { SUITES, runWycheproof } from "./wycheproof.ts";

const folder = new URL("../../../../../shared/vectors/wycheproof/", import.meta.url);

test("the platform's primitives, through our wrappers, stand the attacks of Wycheproof where its suites are at hand", async (t) => {
  if (!existsSync(folder)) {
    t.diagnostic("absent: the Wycheproof suites are no part of the project; nothing was run");
    return;
  }
  const reports = await runWycheproof(async (suite) =>
    JSON.parse(await readFile(new URL(`${suite}.json`, folder), "utf8")),
  );
  assert.deepEqual(
    reports.map(({ suite }) => suite),
    SUITES,
  );
  for (const { suite, passed, foreign, failures } of reports) {
    t.diagnostic(`${suite}: ${passed} passed, ${foreign} of sizes that the protocol does not use`);
    assert.deepEqual(failures, []);
    assert.ok(passed >= 50, `only ${passed} cases of ${suite} were run`);
  }
});
