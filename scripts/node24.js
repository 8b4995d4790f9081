/**
 * Finds the Node that runs the project, and hands over to it.
 *
 * The project's TypeScript is run directly, which takes Node 24. On Linux that Node is an optional dependency, so a machine with
 * an older one needs nothing but npm; elsewhere it is the user's own. This file, and every launcher that imports it, is plain
 * JavaScript without recent syntax, so that the older Node can read it and say so in words.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone, without a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

const major = Number(process.versions.node.split(".")[0]);

/** Whether the running Node can run the project's sources itself. */
export const isNode24 = major >= 24;

/** Ends the process in plain words where Node is too old even for the launchers. */
export function refuseOldNode() {
  if (major >= 18) return;
  fail(
    `KeyPears needs Node 20 or later; this is Node ${process.versions.node}. See https://nodejs.org.`,
  );
}

/**
 * The path of a Node 24: the running one, or the one installed with the dependencies.
 * @returns {string}
 */
export function findNode24() {
  if (isNode24) return process.execPath;
  const installed = join(
    root,
    "node_modules",
    `node-${process.platform}-${process.arch}`,
    "bin",
    "node",
  );
  if (existsSync(installed)) return installed;
  if (process.platform === "linux" && (process.arch === "x64" || process.arch === "arm64")) {
    return fail(
      "Node 24 is missing from node_modules. Run `npm ci --include=optional`, or install Node 24 yourself.",
    );
  }
  return fail(
    `On ${process.platform} ${process.arch} KeyPears needs your own Node 24 or later; this is Node ${process.versions.node}. ` +
      "See https://nodejs.org.",
  );
}

/**
 * Runs a program to its end, with this process's own standard streams unless told otherwise. Signals reach it too, and when one
 * ends this process it ends the program first: nothing is left running. Resolves to the exit code.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<number>}
 */
export function runProgram(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      command,
      [...args],
      Object.assign({ cwd: root, stdio: "inherit" }, options),
    );
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole foreground group: the program has it already, and a second one could cut short
      // what it is finishing.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, forward);
    const settle = () => {
      for (const signal of signals) process.removeListener(signal, forward);
    };
    child.on("error", (error) => {
      settle();
      reject(error);
    });
    child.on("exit", (code, signal) => {
      settle();
      resolve(signal === null ? Number(code) : 128 + constants.signals[signal]);
    });
  });
}

/** Runs the same command line again under Node 24, and ends as it does. */
export async function runAgainUnderNode24() {
  process.exitCode = await runProgram(findNode24(), process.argv.slice(1), { cwd: process.cwd() });
}

/** Keeps what is compiled, types stripped, beside the packages: the second start is the faster for it. */
export function keepCompiledCode() {
  module.enableCompileCache(join(root, "node_modules", ".cache", "keypears"));
}

/**
 * The code of a system's error, such as `ENOENT`; empty where it has none.
 * @param {unknown} error
 * @returns {string}
 */
export function codeOf(error) {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * Says why, and ends the process.
 * @param {string} reason
 * @returns {never}
 */
export function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
