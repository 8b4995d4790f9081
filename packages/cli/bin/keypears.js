#!/usr/bin/env node
/** The command line's entry: any Node that can read it finds the one that runs the rest. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { handOver } from "../../../scripts/hand-over.js";
import { build, findNode, refuseOldNode } from "../../../scripts/setup.js";

refuseOldNode();
const node = findNode();
if (node === process.execPath) {
  build("packages/pow5");
  const { main } = await import("../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  handOver(node, [realpathSync(fileURLToPath(import.meta.url)), ...process.argv.slice(2)]);
}
