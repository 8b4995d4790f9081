/**
 * Stamps: what something was made from, kept beside it as `{hash, files: {path: [modified, size]}}`. Equal times and sizes are
 * enough to be current; otherwise the contents decide, because a checkout or a copy changes times and nothing else.
 * Plain JavaScript for Node 18 or later. All paths are relative to the root of the clone.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { codeOf, root } from "./node24.js";

/**
 * Every file of these files and folders that something can be built from, in a fixed order.
 * @param {readonly string[]} sources
 * @returns {string[]}
 */
export function sourceFiles(sources) {
  /** @type {string[]} */
  const files = [];
  /** @param {string} folder */
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (entry.name !== "build" && entry.name !== "node_modules") visit(path);
      } else if (!/\.test\.tsx?$/.test(entry.name)) files.push(path);
    }
  };
  for (const source of sources) {
    if (statSync(join(root, source)).isDirectory()) visit(source);
    else files.push(source);
  }
  return files.sort();
}

/**
 * The stamp of files as they are now.
 * @param {readonly string[]} paths
 */
export function stampOf(paths) {
  return { hash: hashOf(paths), files: footprintOf(paths) };
}

/**
 * Whether a stamp is there and of these files as they are now.
 * @param {string} stampPath
 * @param {readonly string[]} paths
 * @returns {boolean}
 */
export function isCurrent(stampPath, paths) {
  const stamp = readJson(stampPath);
  if (stamp === undefined) return false;
  const files = footprintOf(paths);
  if (JSON.stringify(stamp.files) === JSON.stringify(files)) return true;
  if (stamp.hash !== hashOf(paths)) return false;
  try {
    writeStamp(stampPath, { hash: stamp.hash, files });
  } catch (error) {
    // A read-only installation reads its sources at every start, which is slower and right.
    if (!["EACCES", "EROFS", "EPERM"].includes(codeOf(error))) throw error;
  }
  return true;
}

/**
 * @param {string} path
 * @param {ReturnType<typeof stampOf>} stamp
 */
export function writeStamp(path, stamp) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(stamp));
}

/**
 * The JSON in a file, or undefined where there is none or it was cut short: whatever it vouched for is then done again.
 * @param {string} path
 */
export function readJson(path) {
  let text;
  try {
    text = readFileSync(join(root, path), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** @param {readonly string[]} paths */
function footprintOf(paths) {
  return Object.fromEntries(
    paths.map((path) => {
      const { mtimeMs, size } = statSync(join(root, path));
      return [path, [mtimeMs, size]];
    }),
  );
}

/** @param {readonly string[]} paths */
function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const contents = readFileSync(join(root, path));
    hash.update(`${path} ${contents.length}\n`).update(contents);
  }
  return hash.digest("hex");
}
