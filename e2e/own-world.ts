/**
 * A world of its own for a test of networks. A module runs as the first process of new namespaces for networks, mounts and processes:
 * nothing in it can reach the machine's network, nothing that it mounts or starts is seen outside, and when that process ends,
 * whatever ends it, the kernel takes the rest away.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** By this the module learns its folder, the one thing of it that lies in the machine's own files. */
const FOLDER = "OWN_WORLD";

/** Runs a module of tests in a new world, with this process's standard streams, and gives its exit code. */
export async function runInOwnWorld(module: URL): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-world-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const world = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc"];
  const node = [process.execPath, fileURLToPath(module)];
  // Should this process be killed, nobody could end the world: so each one dies with its parent.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...world, "--kill-child=KILL", ...node], {
    stdio: "inherit",
    env: { ...process.env, [FOLDER]: folder, HOME: folder },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => end(child));
  }
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

/** Ends a world by its first process: `unshare` waits for that, which is gone when everything in the world is. */
function end(unshare: ChildProcess): void {
  const { pid } = unshare;
  const first = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  if (first > 0) process.kill(first, "SIGKILL");
  else unshare.kill("SIGKILL");
}

/** The folder of the world that this process is the first one of; it is its home, too. */
export function ownWorld(): string {
  const folder = process.env[FOLDER];
  if (folder === undefined || process.pid !== 1) {
    throw new Error("this module runs in a world of its own alone: start the test that opens it");
  }
  return folder;
}
