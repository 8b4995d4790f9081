/** One set-up at a time: two commands started together in a fresh clone must not install over each other. Plain JavaScript for Node 18 or later. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

import { codeOf, root } from "./node24.js";

const folder = join(root, "build");
const lock = join(folder, "setup.lock");

/** No set-up takes as long; in containers process numbers repeat, and a dead holder's may be somebody else's. */
const longest = 30 * 60_000;

/**
 * Waits until no other process is at it, then works.
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(work) {
  mkdirSync(folder, { recursive: true });
  for (let told = false; !take();) {
    if (isAbandoned()) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) process.stderr.write("Waiting for another command that installs or builds …\n");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(lock, { force: true });
  process.once("exit", release);
  await work();
  process.removeListener("exit", release);
  release();
}

/** Makes the lock with our process number in it; false where it is there already. */
function take() {
  try {
    const file = openSync(lock, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Whether the process that made the lock has ended without taking it away. */
function isAbandoned() {
  try {
    const holder = Number(readFileSync(lock, "utf8"));
    const age = Date.now() - statSync(lock).mtimeMs;
    // Made, but not yet written to: leave its maker a moment.
    if (holder === 0) return age > 5000;
    if (holder === process.pid || age > longest) return true;
    process.kill(holder, 0);
    return false;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ESRCH") return true;
    if (code === "EPERM") return false;
    throw error;
  }
}
