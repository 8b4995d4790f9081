#!/usr/bin/env node
/** The command line's entry: any Node that can read it finds the one that runs the rest. */
import {
  isNode24,
  keepCompiledCode,
  refuseOldNode,
  runAgainUnderNode24,
} from "../../../scripts/node24.js";
import { buildForCode } from "../../../scripts/setup.js";

refuseOldNode();
if (isNode24) {
  await buildForCode();
  keepCompiledCode();
  const { main } = await import("../src/main.ts");
  process.exitCode = await main(process.argv.slice(2));
} else {
  await runAgainUnderNode24();
}
