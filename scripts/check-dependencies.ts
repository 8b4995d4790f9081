/** Every version is exact, and the lock file is one that `npm ci` takes on every platform. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locked, type PackageFile, inexactVersions, lockFaults } from "./dependencies.ts";
import { root } from "./node24.js";

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
const files = globSync(["package.json", "packages/*/package.json"], { cwd: root });
const lock = read("package-lock.json") as { packages: Record<string, Locked> };
const faults = [
  ...files.flatMap((file) =>
    inexactVersions(read(file) as PackageFile).map((fault) => `${file}: ${fault}`),
  ),
  ...lockFaults(lock.packages).map((fault) => `package-lock.json: ${fault}`),
];
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(
  `${Object.keys(lock.packages).length} locked packages, ${faults.length} faults\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
