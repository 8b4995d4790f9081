/** `npm run NAME`: all the set-up, then scripts/NAME.ts in a Node that runs TypeScript. */
import { fileURLToPath } from "node:url";
import { handOver } from "./hand-over.js";
import { setUp } from "./setup.js";

const [name, ...rest] = process.argv.slice(2);
const node = setUp();
handOver(node, [fileURLToPath(new URL(`${name}.ts`, import.meta.url)), ...rest]);
