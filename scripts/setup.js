/**
 * The set-up that every command does by itself: install when the lock file has changed, build what is missing or older than its
 * sources. Where nothing has changed it costs a few `stat` calls. Plain JavaScript for Node 18 or later.
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { fail, findNode24, root, runProgram } from "./node24.js";
import { oneAtATime } from "./one-at-a-time.js";
import { isCurrent, readJson, sourceFiles, stampOf, writeStamp } from "./stamps.js";

/**
 * What is built: the script that makes it, what that reads, the file that shows that it was made, and its stamp, which lies out
 * of the folders that are served or packed.
 * @typedef {{ name: string, script: string, sources: string[], output: string, stamp: string }} Artefact
 */

/** @type {Artefact} */
const kernel = {
  name: "the proof-of-work kernel",
  script: "packages/pow5/build.js",
  sources: ["packages/pow5/build.js", "packages/pow5/assembly"],
  output: "packages/pow5/build/kernel.wasm",
  stamp: "build/pow5.stamp",
};
/** @type {Artefact} */
const webApp = {
  name: "the web app",
  script: "packages/web/build.js",
  sources: [
    "packages/web",
    "packages/client/src",
    "packages/api/src",
    "packages/protocol/src",
    "packages/pow5/src",
    "packages/pow5/assembly",
  ],
  output: "packages/web/build/index.html",
  stamp: "build/web.stamp",
};

/** What has to be built: for running the project's own code, and for serving people. */
export const forCode = [kernel];
export const forServing = [kernel, webApp];

const lockFile = "package-lock.json";
const installStamp = "node_modules/.keypears-stamp";

/**
 * Installs and builds whatever is missing or out of date. What it says goes to standard error.
 * @param {readonly Artefact[]} artefacts
 */
export async function setUp(artefacts) {
  if (isInstalled() && artefacts.every(isBuilt)) return;
  await oneAtATime(async () => {
    await install();
    for (const artefact of artefacts) await build(artefact);
  });
}

/** As {@link setUp}, without installing: for the command line, which may run where npm is not. */
export async function buildForCode() {
  if (!isBuilt(kernel)) await oneAtATime(() => build(kernel));
}

async function install() {
  if (isInstalled()) return;
  say("Installing packages …");
  // NODE_ENV=production or a user's own npm settings would leave out what the build and Node 24 come from. That some packages
  // ask for a newer Node than npm runs on is no news: it is among what is installed.
  const args = ["ci", "--include=dev", "--include=optional", "--loglevel=error"];
  const code = await runProgram("npm", args, {
    stdio: ["ignore", 2, 2],
    env: machineEnvironment(),
  });
  if (code !== 0) fail("The packages could not be installed: npm says why, above.");
  writeStamp(installStamp, stampOf([lockFile]));
}

/** @param {Artefact} artefact */
async function build(artefact) {
  if (isBuilt(artefact)) return;
  say(`Building ${artefact.name} …`);
  const made = stampOf(filesOf(artefact));
  const code = await runProgram(findNode24(), [join(root, artefact.script)], {
    stdio: ["ignore", 2, 2],
  });
  if (code !== 0 || !existsSync(join(root, artefact.output))) {
    fail(`${artefact.script} could not build ${artefact.output} (exit code ${code}).`);
  }
  writeStamp(artefact.stamp, made);
}

function isInstalled() {
  if (isCurrent(installStamp, [lockFile])) return true;
  if (!installedAgreesWithLock()) return false;
  writeStamp(installStamp, stampOf([lockFile]));
  return true;
}

/** @param {Artefact} artefact */
function isBuilt(artefact) {
  return existsSync(join(root, artefact.output)) && isCurrent(artefact.stamp, filesOf(artefact));
}

/**
 * The files that an artefact depends on; the lock file stands for the compilers.
 * @param {Artefact} artefact
 */
function filesOf(artefact) {
  return [lockFile, ...sourceFiles(artefact.sources)];
}

/**
 * Whether what npm noted that it installed is what the lock file asks for: so that after the user's own `npm ci` nothing is
 * installed again, and no network is asked for.
 */
function installedAgreesWithLock() {
  const installed = readJson("node_modules/.package-lock.json");
  const lock = readJson(lockFile);
  if (installed === undefined || lock === undefined) return false;
  /** @param {string} path */
  const isInLock = (path) => {
    const wanted = lock.packages[path];
    const found = installed.packages[path];
    return (
      wanted !== undefined &&
      wanted.version === found.version &&
      wanted.integrity === found.integrity &&
      wanted.resolved === found.resolved
    );
  };
  // Only what is made for another platform may be missing.
  /** @param {string} path */
  const isThere = (path) =>
    installed.packages[path] !== undefined || lock.packages[path].optional === true;
  return (
    Object.keys(installed.packages).every(isInLock) &&
    Object.keys(lock.packages)
      .filter((path) => path.startsWith("node_modules/"))
      .every(isThere)
  );
}

/** The environment as outside npm scripts: npm must not run on the Node that it is about to replace. */
function machineEnvironment() {
  const folders = (process.env.PATH || "").split(delimiter);
  const outside = folders.filter((folder) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder));
  return Object.assign({}, process.env, { PATH: outside.join(delimiter) });
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}
