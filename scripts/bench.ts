/** `npm run bench`: every benchmark of bench/, each in a process of its own; `npm run bench -- NAME …` some. */
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { root, runProgram } from "./node24.js";

const files = globSync("bench/*.ts", { cwd: root }).sort();
const known = new Map(files.map((file) => [basename(file, ".ts"), file]));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...known.keys()];
const unknown = wanted.filter((name) => !known.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(", ")}; there are ${[...known.keys()].join(", ")}.\n`,
  );
  process.exit(2);
}
for (const name of wanted) {
  process.stdout.write(`\n# ${name}\n`);
  const code = await runProgram(process.execPath, [join(root, known.get(name) ?? "")], {});
  if (code !== 0) {
    process.stderr.write(`${name} failed (exit code ${code}).\n`);
    process.exitCode = 1;
    // A signal was meant for all of them.
    if (code > 128) break;
  }
}
