/** `npm start`: all the set-up, then a server. */
import { fileURLToPath } from "node:url";
import { handOver } from "./hand-over.js";
import { setUp } from "./setup.js";

const node = setUp();
if (node === process.execPath) {
  const { main } = await import("../packages/cli/src/main.ts");
  process.exitCode = await main(["serve", ...process.argv.slice(2)]);
} else {
  handOver(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
