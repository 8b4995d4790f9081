import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { root } from "./node24.js";

/** Starts the network on ports of the system's choice, and waits until it says everything. */
async function startNetwork(t: TestContext, folder: string) {
  const child = spawn(process.execPath, [join(root, "scripts/dev-network.ts"), "0", "0", folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const said = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part: Buffer) => {
      text += part.toString();
      if (text.endsWith("Ctrl-C stops.\n")) resolve(text);
    });
    void ended.then(() => reject(new Error(`The network ended: ${text}`)));
  });
  const [portA, portB] = [...said.matchAll(/^http:\/\/[ab]\.localhost:([0-9]+)/gm)].map(
    (m) => m[1],
  );
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return ended;
  };
  return { portA, portB, password: /password: (.*)/.exec(said)?.[1] ?? "", stop };
}

test("the development network has people who have written to each other, and keeps them", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keypears-dev-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await startNetwork(t, join(folder, "data"));
  for (const port of [first.portA, first.portB]) {
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    assert.deepEqual(await health.json(), { status: "ok" });
  }
  assert.equal(await first.stop(), 0);

  const { portA, password, stop } = await startNetwork(t, join(folder, "data"));
  const env = { ...process.env, KEYPEARS_HOME: join(folder, "home"), KEYPEARS_PASSWORD: password };
  const keypears = async (...args: string[]): Promise<string> => {
    const command = [join(root, "packages/cli/bin/keypears.js"), ...args];
    return (await promisify(execFile)(process.execPath, command, { env })).stdout;
  };
  await keypears("login", "alice@a.localhost", "--server", `http://127.0.0.1:${portA}`);
  const lines = (await keypears("read", "bob@a.localhost", "--json")).trim().split("\n");
  const messages = lines.map(
    (line) => JSON.parse(line) as { direction: string; verified: boolean },
  );
  assert.deepEqual(
    messages.map(({ direction, verified }) => [direction, verified]),
    [
      ["sent", true],
      ["received", true],
      ["sent", true],
    ],
  );
  assert.equal(await stop(), 0);
});
