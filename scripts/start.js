/** `npm start`: all the set-up, then a server, in this process where it is Node 24. */
import { isNode24, keepCompiledCode, refuseOldNode, runAgainUnderNode24 } from "./node24.js";
import { forServing, setUp } from "./setup.js";

/** Milliseconds that a stop may take: whoever sent the signal waits for ten seconds. */
const patience = 9000;

refuseOldNode();
await setUp(forServing);
if (isNode24) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      setTimeout(() => {
        process.stderr.write("The server did not stop in time; it is ended.\n");
        process.exit(1);
      }, patience).unref();
    });
  }
  keepCompiledCode();
  const { main } = await import("../packages/cli/src/main.ts");
  process.exitCode = await main(["serve"].concat(process.argv.slice(2)));
} else {
  await runAgainUnderNode24();
}
