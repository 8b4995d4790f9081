import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { ApiError } from "@keypears/api";
import { type Bytes, VERIFIER_ROUNDS } from "@keypears/protocol";
import { filled } from "../testing/values.ts";
import { VerifierPool } from "./pool.ts";

/** A worker of a test's own, as a script. */
function script(code: string): URL {
  const source = `import { parentPort } from "node:worker_threads";\n${code}`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

const echo = script(
  `parentPort.on("message", ({ loginKey }) => parentPort.postMessage(loginKey));`,
);
const silent = script(`parentPort.on("message", () => {});`);
const mortal = script(`parentPort.on("message", ({ loginKey }) => {
  if (loginKey[0] === 0) process.exit(1);
  if (loginKey[0] === 1) throw new Error("broken");
  parentPort.postMessage(loginKey);
});`);

const salt = filled(16, 7);

function isBusy(error: unknown): boolean {
  return error instanceof ApiError && error.code === "busy" && (error.retryAfter ?? 0) >= 1;
}

test("a verifier is PBKDF2 with the rounds of the specification, and matches its own login key only", async (t) => {
  const pool = new VerifierPool({ threads: 2 });
  t.after(() => pool.close());
  const key = filled(32, 1);
  const expected = new Uint8Array(pbkdf2Sync(key, salt, VERIFIER_ROUNDS, 32, "sha256"));
  const [verifier, other] = await Promise.all([
    pool.derive(key, salt),
    pool.matches(filled(32, 2), salt, expected),
  ]);
  assert.deepEqual(verifier, expected);
  assert.equal(other, false);
  assert.equal(await pool.matches(key, salt, expected), true);
});

test("many at once each get their own answer", async (t) => {
  const pool = new VerifierPool({ threads: 2, script: echo });
  t.after(() => pool.close());
  const keys = Array.from({ length: 34 }, (_, index) => filled(32, index));
  assert.deepEqual(await Promise.all(keys.map((key) => pool.derive(key, salt))), keys);
});

test("beyond what may wait a caller is told to come back, and closing refuses all who wait", async () => {
  const pool = new VerifierPool({ threads: 1, script: silent });
  const waiting = Array.from({ length: 17 }, () => pool.derive(filled(32, 1), salt));
  assert.throws(() => pool.refuseWhenFull(), isBusy);
  await assert.rejects(pool.derive(filled(32, 1), salt), isBusy);
  const ended = Promise.allSettled(waiting);
  await pool.close();
  for (const result of await ended) {
    assert(result.status === "rejected" && isBusy(result.reason));
  }
  await assert.rejects(pool.derive(filled(32, 1), salt), isBusy);
});

for (const [name, byte] of [
  ["ends", 0],
  ["breaks", 1],
] as const) {
  test(`a thread that ${name} fails its own caller only: who waits gets another thread`, async (t) => {
    const pool = new VerifierPool({ threads: 1, script: mortal });
    t.after(() => pool.close());
    const [failed, ...rest] = await Promise.allSettled(
      [byte, 5, 6].map((first): Promise<Bytes> => pool.derive(filled(32, first), salt)),
    );
    assert.equal(failed?.status, "rejected");
    assert.deepEqual(
      rest.map((result) => (result.status === "fulfilled" ? result.value[0] : result.reason)),
      [5, 6],
    );
  });
}

test("an idle pool keeps no process alive", async () => {
  const pool = JSON.stringify(new URL("pool.ts", import.meta.url).href);
  const worker = new Worker(
    script(`
      import { VerifierPool } from ${pool};
      const pool = new VerifierPool({ threads: 1, script: new URL(${JSON.stringify(echo.href)}) });
      await pool.derive(new Uint8Array(32), new Uint8Array(16));
      parentPort.unref();
    `),
  );
  const [code] = (await once(worker, "exit")) as [number];
  assert.equal(code, 0);
});
