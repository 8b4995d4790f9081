/** Goes on in another Node: the same streams, the same signals, the same exit code. Plain JavaScript for Node 18 or later. */
import { spawn } from "node:child_process";
import { constants } from "node:os";

/** Runs `node args…` to its end and leaves with its exit code. */
export function handOver(node, args, env = process.env) {
  const child = spawn(node, args, { stdio: "inherit", env });
  // On Ctrl-C the terminal tells both of us: the child ends in its own time, and then so do we.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => child.kill(signal));
  child.once("error", (error) => {
    process.stderr.write(`keypears: ${error.message}\n`);
    process.exit(1);
  });
  child.once("exit", (code, signal) => {
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
  });
}
