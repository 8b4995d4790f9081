/** `npm test`: every suite but the long ones; `npm run test:long`: those. `npm test -- PART …`: files whose path holds a part. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import type { TestEvent } from "node:test/reporters";
import { root } from "./node24.js";

/** Where Debian puts the browser; e2e/browser.ts looks in the same places. */
const debianChromium = "/usr/bin/chromium";
const chromium = process.env["KEYPEARS_CHROMIUM"] ?? debianChromium;

/** What suites with this in their names need of the machine. */
interface Need {
  readonly part: string;
  isMet(): boolean;
  /** Debian's packages that bring it, where they can. */
  readonly packages: readonly string[];
  readonly remedy: string;
}

const needs: readonly Need[] = [
  {
    part: ".browser.",
    isMet: () => existsSync(chromium),
    packages: chromium === debianChromium ? ["chromium"] : [],
    remedy: `needs Chromium at ${chromium}: on Debian \`apt-get install chromium\`, else set KEYPEARS_CHROMIUM`,
  },
  {
    part: ".netns.",
    isMet: () => ["ip", "dnsmasq", "certutil", "setpriv"].every(isProgram) && canMakeNamespaces(),
    packages: ["iproute2", "dnsmasq-base", "libnss3-tools"],
    remedy:
      "needs root on Linux with network namespaces, and ip, dnsmasq, certutil and setpriv: on Debian " +
      "`apt-get install iproute2 dnsmasq-base libnss3-tools`",
  },
];

/** Milliseconds that one file of tests may take before it counts as hanging. */
const patience = { short: 300_000, long: 1_800_000 };

/** What was not run, a line each: said at the end, and a failure where `CI` is set. */
const leftOut: string[] = [];

const isLong = process.argv.includes("--long");
const parts = process.argv.slice(2).filter((argument) => argument !== "--long");
let files = testFiles();
if (files.length === 0) {
  process.stderr.write(
    `There is no ${isLong ? "long " : ""}suite here${parts.map((part) => ` with ${part} in its path`).join(" or")}.\n`,
  );
  process.exit(parts.length === 0 ? 0 : 1);
}
for (const need of needs) provide(need);

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    process.exitCode = 1;
    stop.abort();
  });
}
const events = run({
  files,
  cwd: root,
  // A long suite takes all that there is for itself.
  concurrency: isLong ? 1 : Math.max(2, availableParallelism()),
  timeout: isLong ? patience.long : patience.short,
  signal: stop.signal,
}).on("test:fail", ({ todo }) => {
  if (todo === undefined) process.exitCode = 1;
});
await pipeline(events, noteLeftOut, new spec(), process.stdout);

function testFiles(): string[] {
  const patterns = ["packages/*/src/**/*.test.{ts,tsx}", "{scripts,e2e}/**/*.test.ts"];
  return globSync(patterns, { cwd: root })
    .filter((file) => file.includes(".long.test.") === isLong)
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

/** Makes sure of what some suites need; leaves those suites out where it cannot be had. */
function provide({ part, isMet, packages, remedy }: Need): void {
  const needing = files.filter((file) => file.includes(part));
  if (needing.length === 0 || isMet()) return;
  if (packages.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    installDebianPackages(packages);
    if (isMet()) return;
  }
  files = files.filter((file) => !needing.includes(file));
  leftOut.push(...needing.map((file) => `${file}: ${remedy}`));
}

function installDebianPackages(names: readonly string[]): void {
  process.stderr.write(`Installing ${names.join(", ")} …\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
    const { status } = spawnSync("apt-get", ["-q", ...args], { env, stdio: ["ignore", 2, 2] });
    if (status !== 0) process.stderr.write(`apt-get ${args[0]} failed (exit code ${status}).\n`);
  }
}

function isProgram(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

function canMakeNamespaces(): boolean {
  const { status } = spawnSync("unshare", ["--net", "--mount", "--pid", "--fork", "true"]);
  return status === 0;
}

/** Passes the events on, and puts what was left out before node:test's closing lines, which stay the last. */
async function* noteLeftOut(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of source) {
    if (event.type === "test:pass" || event.type === "test:fail") {
      const { name, file = "", skip, todo } = event.data;
      const reason = skip ?? todo;
      if (reason !== undefined && reason !== false) {
        const why = reason === true || reason === "" ? "no reason given" : reason;
        leftOut.push(`${file.replace(`${root}/`, "")}: ${name}: ${why}`);
      }
    }
    if (event.type === "test:diagnostic" && /^tests [0-9]+$/.test(event.data.message)) {
      yield* closing(event.data);
    }
    yield event;
  }
}

function* closing(from: { nesting: number }): Generator<TestEvent> {
  if (leftOut.length === 0 || from.nesting !== 0) return;
  const fails = process.env["CI"] === "true";
  if (fails) process.exitCode = 1;
  const title = fails ? "Could not run, which fails with CI=true:" : "Could not run:";
  const message = [title, ...leftOut.map((line) => `  ${line}`), ""].join("\n");
  yield { type: "test:stdout", data: { file: "", message } };
}
