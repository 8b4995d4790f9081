/** `npm test`: every suite but the long ones; `npm run test:long`: those. Says at its end what it could not run. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { root } from "./setup.js";

const CHROMIUM = "/usr/bin/chromium";

const long = process.argv.includes("--long");
const patterns = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

/** Installs a Debian package where that can be done; says whether its file is there in the end. */
function provide(file: string, name: string): boolean {
  if (existsSync(file)) return true;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return false;
  process.stderr.write(`Installing ${name} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", name]]) {
    spawnSync("apt-get", args, { env, stdio: ["ignore", 2, 2] });
  }
  return existsSync(file);
}

const everything = globSync(
  ["packages/*/src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts", "e2e/**/*.test.ts"],
  {
    cwd: root,
  },
).sort();
const chosen = everything
  .filter((file) => file.includes(".long.test.") === long)
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
const inBrowser = chosen.filter((file) => file.includes(".browser.test."));
const leftOut: string[] = [];
let files = chosen;
if (inBrowser.length > 0 && !provide(CHROMIUM, "chromium")) {
  files = chosen.filter((file) => !inBrowser.includes(file));
  leftOut.push(
    ...inBrowser.map(
      (file) => `${file}: needs Chromium at ${CHROMIUM} (Debian: apt-get install chromium)`,
    ),
  );
}
if (files.length === 0) {
  process.stderr.write("No test file of this name.\n");
  process.exit(1);
}
const child = spawn(
  process.execPath,
  ["--test", "--test-concurrency=2", `--test-timeout=${long ? 1_800_000 : 300_000}`, ...files],
  { cwd: root, stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.once("exit", (code) => {
  for (const line of leftOut) process.stdout.write(`could not run ${line}\n`);
  const failed = code !== 0 || (leftOut.length > 0 && process.env.CI === "true");
  process.exit(failed ? code || 1 : 0);
});
