import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runMessageVectors } from "./vectors-message.ts";

const vectors = new URL("../../../../vectors/", import.meta.url);

test("messages, proof of work and the well-known file are exactly what the vectors say", async () => {
  const { passed, failures } = await runMessageVectors(async (name) =>
    JSON.parse(await readFile(new URL(`${name}.json`, vectors), "utf8")),
  );
  assert.deepEqual(failures, []);
  assert.ok(passed > 300, `only ${passed} vectors were run`);
});
