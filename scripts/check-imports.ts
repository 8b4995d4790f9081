/** Every file of the packages keeps to the walls of boundaries.ts. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { faultsOf } from "./boundaries.ts";
import { root } from "./node24.js";

const files = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root });
const faults = files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), "utf8")));
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(`${files.length} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 && files.length > 0 ? 0 : 1;
