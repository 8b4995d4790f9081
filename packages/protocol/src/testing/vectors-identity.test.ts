import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { runIdentityVectors } from "./vectors-identity.ts";

const vectors = new URL("../../../../vectors/", import.meta.url);

test("encoding, addresses, passwords, identity and the vault key are exactly what the vectors say", async () => {
  const { passed, failures } = await runIdentityVectors(async (name) =>
    JSON.parse(await readFile(new URL(`${name}.json`, vectors), "utf8")),
  );
  assert.deepEqual(failures, []);
  assert.ok(passed > 400, `only ${passed} vectors were run`);
});
