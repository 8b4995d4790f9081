/** `npm run bench`: every benchmark of bench/, each in a process of its own; `npm run bench -- NAME` one. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./node24.js";

const wanted = process.argv.slice(2);
const all = globSync("bench/*.ts", { cwd: root }).sort();
const names = new Map(all.map((file) => [basename(file, ".ts"), file]));
const unknown = wanted.filter((name) => !names.has(name));
if (unknown.length > 0) {
  process.stderr.write(
    `No benchmark ${unknown.join(", ")}. There are: ${[...names.keys()].join(", ")}.\n`,
  );
  process.exit(2);
}
let failed = false;
for (const [name, file] of names) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n# ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(root, file)], {
    cwd: root,
    stdio: "inherit",
  });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
