import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import { main } from "./main.ts";

async function run(
  ...argv: string[]
): Promise<{ code: number; out: string; milliseconds: number }> {
  let out = "";
  const begin = performance.now();
  const code = await main(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => assert.fail(text) },
    // Nobody is logged in, and nothing could be kept.
    env: { KEYPEARS_HOME: "/dev/null" },
    signal: new AbortController().signal,
  });
  return { code, out, milliseconds: performance.now() - begin };
}

test("pow-bench --json gives this machine's speed, with neither server nor account, well within two minutes", async () => {
  const { code, out, milliseconds } = await run("pow-bench", "--json");
  assert.equal(code, 0);
  const found = JSON.parse(out) as Record<string, number>;
  assert.deepEqual(Object.keys(found), ["threads", "hashesPerSecond", "hashesPerSecondPerThread"]);
  const { threads = 0, hashesPerSecond = 0, hashesPerSecondPerThread = 0 } = found;
  assert.equal(threads, availableParallelism());
  // Far below what any machine with 128-bit lanes gives, however busy.
  assert.ok(hashesPerSecond > 1_000, `${hashesPerSecond} hashes a second`);
  assert.ok(Math.abs(hashesPerSecondPerThread * threads - hashesPerSecond) <= threads);
  assert.ok(milliseconds < 60_000, `${milliseconds} ms`);
});

test("pow-bench tells a person what each usual price means in time on this machine", async () => {
  const { code, out } = await run("pow-bench");
  assert.equal(code, 0);
  assert.match(out, /^\d+ threads?: [\d,]+ hashes a second, [\d,]+ each\n/);
  const seconds = [...out.matchAll(/^ {2}(.+?) {2,}([\d.]+) (s|min)$/gm)].map(
    ([, what = "", value, unit]) => [what, Number(value) * (unit === "min" ? 60 : 1)] as const,
  );
  const [signUp, logIn] = seconds.map(([, value]) => value);
  assert.deepEqual(
    seconds.map(([what]) => what),
    ["signing up", "a log-in", "writing to somebody new", "a message in a conversation"],
  );
  assert.ok(signUp !== undefined && logIn !== undefined);
  assert.ok(Math.abs(signUp / logIn / 10 - 1) < 0.1, `${signUp} against ${logIn}`);
});
