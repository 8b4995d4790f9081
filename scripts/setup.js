/**
 * Everything that has to be there before anything else runs: packages, builds, a Node that runs TypeScript. Plain JavaScript for
 * Node 18 or later, since it is what finds the right Node. What is built carries a stamp of lock file and sources, so that a
 * pull builds anew.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const NEEDED = 24;

/** What is built: from which sources, by which script, and the file that shows that it was. */
const builds = [
  {
    name: "the proof-of-work kernel",
    script: "packages/pow5/build.js",
    sources: ["packages/pow5/build.js", "packages/pow5/assembly"],
    result: "packages/pow5/build/kernel.wasm",
    stamp: "packages/pow5/build/.stamp",
  },
  {
    name: "the web app",
    script: "packages/web/build.js",
    sources: [
      "packages/web/build.js",
      "packages/web/vite.config.ts",
      "packages/web/index.html",
      "packages/web/public",
      "packages/web/messages",
      "packages/web/src",
      "packages/client/src",
      "packages/api/src",
      "packages/protocol/src",
      "packages/pow5/src",
      "packages/pow5/assembly",
    ],
    result: "packages/web/build/index.html",
    stamp: "packages/web/build/.stamp",
  },
];

/** Says why it cannot go on, and ends. */
function refuse(sentence) {
  process.stderr.write(`keypears: ${sentence}\n`);
  process.exit(1);
}

function major(version) {
  return Number(/^v?([0-9]+)/.exec(version)?.[1] ?? 0);
}

/**
 * Whether the packages that are installed are those of the lock file: by the stamp that a set-up left, else by comparing
 * npm's own note of what it installed, since people run `npm ci` themselves.
 */
function isInstalled() {
  const note = join(root, "node_modules/.package-lock.json");
  if (!existsSync(note)) return false;
  const lock = readFileSync(join(root, "package-lock.json"));
  const hash = createHash("sha256").update(lock).digest("hex");
  const stamp = join(root, "node_modules/.keypears-stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return true;
  const wanted = JSON.parse(lock).packages;
  const installed = JSON.parse(readFileSync(note)).packages;
  const missing = Object.entries(wanted).some(
    ([path, { version, link, optional, devOptional }]) =>
      path.startsWith("node_modules/") &&
      !link &&
      !(optional || devOptional) &&
      installed[path]?.version !== version,
  );
  if (missing) return false;
  writeFileSync(stamp, hash);
  return true;
}

/** Installs the packages of the lock file where they are not. */
export function install() {
  if (isInstalled()) return;
  process.stderr.write("Installing packages (npm ci) …\n");
  const { status, error } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (error) refuse(`npm could not be started: ${error.message}.`);
  if (status !== 0)
    refuse("npm ci failed: see above. Without a network, packages cannot be installed.");
}

/** A Node that runs TypeScript: this one, or the one among the packages. */
export function findNode() {
  if (major(process.version) >= NEEDED) return process.execPath;
  const own = join(root, "node_modules/.bin/node");
  if (existsSync(own)) {
    const { stdout } = spawnSync(own, ["--version"], { encoding: "utf8" });
    if (major(stdout ?? "") >= NEEDED) return own;
  }
  return refuse(
    `this is Node ${process.version}, and for this platform (${process.platform} ${process.arch}) none comes with the packages: install Node ${NEEDED} or later.`,
  );
}

/** Every file of these files and folders, in a fixed order. */
function filesOf(sources) {
  return sources.flatMap((source) => {
    const path = join(root, source);
    if (!existsSync(path)) return [];
    const found = [];
    const visit = (folder) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const below = join(folder, entry.name);
        if (entry.isDirectory()) visit(below);
        else if (!/\.test\.tsx?$/.test(entry.name)) found.push(below);
      }
    };
    try {
      visit(path);
    } catch (error) {
      if (error.code !== "ENOTDIR") throw error;
      found.push(path);
    }
    return found.sort();
  });
}

function stampOf(build) {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  for (const file of filesOf(build.sources)) {
    const content = readFileSync(file);
    hash.update(`\n${file.slice(root.length)} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

/** Builds what is missing or older than its sources. With `only`, just what lies below that folder. */
export function build(only = "") {
  for (const one of builds) {
    if (!one.script.startsWith(only) || !existsSync(join(root, one.script))) continue;
    const stamp = stampOf(one);
    const file = join(root, one.stamp);
    const fresh =
      existsSync(file) &&
      readFileSync(file, "utf8") === stamp &&
      existsSync(join(root, one.result));
    if (fresh) continue;
    process.stderr.write(`Building ${one.name} …\n`);
    const { status } = spawnSync(findNode(), [join(root, one.script)], {
      cwd: root,
      stdio: ["ignore", 2, "inherit"],
    });
    if (status !== 0) refuse(`${one.name} could not be built: see above.`);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, stamp);
  }
}

/** Refuses a Node that could not even read the rest. */
export function refuseOldNode() {
  if (major(process.version) < 18)
    refuse(`this is Node ${process.version}: install Node 20 or later.`);
}

/** All of it; gives the Node to go on with. */
export function setUp() {
  refuseOldNode();
  install();
  build();
  return findNode();
}
