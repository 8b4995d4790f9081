/** `npm run check`: format, lint, types, imports, specification references, settings table, unused code. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "./node24.js";

const bin = (name: string): string => join(root, "node_modules/.bin", name);
const script = (name: string): string[] => [process.execPath, join(root, "scripts", name)];

/** The longest first, so that the last ones fill the gaps. */
const checks: readonly (readonly [name: string, command: readonly string[]])[] = [
  ["lint", [bin("oxlint")]],
  ["types", [bin("tsc"), "-p", "tsconfig.json"]],
  ["types of what runs anywhere, without Node's", [bin("tsc"), "-p", "tsconfig.pure.json"]],
  ["types of the web app", [bin("tsc"), "-p", "packages/web/tsconfig.json"]],
  ["unused code", [bin("knip"), "--no-progress"]],
  ["imports", script("check-imports.ts")],
  ["dependencies", script("check-dependencies.ts")],
  ["settings table", [...script("settings-table.ts"), "--check"]],
  ["references and links", script("check-spec.ts")],
  ["format", [bin("oxfmt"), "--check"]],
];

/** Runs one check to its end. */
function run(command: readonly string[]): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve) => {
    const [file = "", ...args] = command;
    const child = spawn(file, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (part: Buffer) => (text += part.toString()));
    child.stderr.on("data", (part: Buffer) => (text += part.toString()));
    child.once("error", (error) => resolve({ ok: false, text: `${error.message}\n` }));
    child.once("close", (code) => resolve({ ok: code === 0, text }));
  });
}

const waiting = [...checks];
let failed = 0;
async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, command] = next;
    const start = performance.now();
    const { ok, text } = await run(command);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${ok ? "✔" : "✖"} ${name} (${seconds} s)\n${ok ? "" : text}`);
    if (!ok) failed += 1;
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.stdout.write(
  failed === 0 ? "All checks hold.\n" : `${failed} of ${checks.length} checks failed.\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
