/** `npm run NAME`: all the set-up, then scripts/NAME.ts, in this process where it is Node 24. */
import { isNode24, refuseOldNode, runAgainUnderNode24 } from "./node24.js";
import { setUp } from "./setup.js";

refuseOldNode();
await setUp();
if (isNode24) {
  // The script sees its own name and arguments, as if it had been started itself.
  const [name] = process.argv.splice(2, 1);
  const script = new URL(`${name}.ts`, import.meta.url);
  process.argv[1] = script.pathname;
  await import(script.href);
} else {
  await runAgainUnderNode24();
}
