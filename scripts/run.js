/** `npm run NAME`: the set-up that it needs, then scripts/NAME.ts, in this process where it is Node 24. */
import { isNode24, refuseOldNode, runAgainUnderNode24 } from "./node24.js";
import { forCode, forServing, setUp } from "./setup.js";

const name = process.argv[2];
refuseOldNode();
await setUp(["bench", "dev", "gallery", "test"].includes(name ?? "") ? forServing : forCode);
if (isNode24) {
  // The script sees its own name and arguments, as if it had been started itself.
  process.argv.splice(2, 1);
  const script = new URL(`${name}.ts`, import.meta.url);
  process.argv[1] = script.pathname;
  await import(script.href);
} else {
  await runAgainUnderNode24();
}
