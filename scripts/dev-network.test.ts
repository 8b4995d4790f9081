import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { root } from "./node24.js";

/** Starts the network and waits until it says where it is. Ports of 0 let the system choose. */
async function startNetwork(t: TestContext, folder: string, ports = ["0", "0"]) {
  const command = [join(root, "scripts/dev-network.ts"), ...ports, folder];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
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
  const found = [...said.matchAll(/http:\/\/[ab]\.localhost:([0-9]+)/g)].map(
    ([, port]) => port ?? "",
  );
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return ended;
  };
  return { ports: found, stop };
}

test("the development network has people who have written to each other, and keeps them", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keypears-dev-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await startNetwork(t, folder);
  assert.equal(first.ports.length, 2);
  for (const port of first.ports) {
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    assert.deepEqual(await health.json(), { status: "ok" });
  }
  assert.equal(await first.stop(), 0);

  const second = await startNetwork(t, folder, first.ports);
  const env = { ...process.env, KEYPEARS_HOME: join(folder, "home") };
  const run = async (profile: string, ...args: string[]) => {
    const command = [join(root, "packages/cli/bin/keypears.js"), ...args];
    const options = ["--profile", profile, "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, [...command, ...options], {
      env,
    });
    return stdout
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const conversation = async (profile: string, peer: string) => {
    let lines = await run(profile, "read", peer);
    // What the stop came before is delivered after it.
    while (lines.some((line) => line.state === "pending")) lines = await run(profile, "read", peer);
    return lines.map((line) => [line.direction, line.verified, line.state]);
  };
  assert.deepEqual(await conversation("alice", "bob@a.localhost"), [
    ["received", true, "delivered"],
    ["sent", true, "delivered"],
  ]);
  // Across the two domains: a conversation, and somebody who waits to be let in.
  assert.deepEqual(await conversation("alice", "carol@b.localhost"), [
    ["received", true, "delivered"],
    ["sent", true, "delivered"],
  ]);
  assert.deepEqual(await conversation("carol", "alice@a.localhost"), [
    ["sent", true, "delivered"],
    ["received", true, "delivered"],
  ]);
  const [waiting] = await run("bob", "requests");
  assert.equal(waiting?.address, "carol@b.localhost");
  assert.equal(await second.stop(), 0);
});
