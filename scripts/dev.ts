/** `npm run dev`: the two-server network, started again whenever a source that it runs has changed. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./node24.js";

const child = spawn(
  process.execPath,
  ["--watch", "--watch-preserve-output", join(root, "scripts/dev-network.ts")],
  { cwd: root, stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.once("exit", (code) => process.exit(code ?? 0));
