/** `npm run dev`: the two-server network, started again and the web app built again whenever a source changes. */
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, watch } from "node:fs";
import { join } from "node:path";
import { root, runProgram } from "./node24.js";

const ports = ["3001", "3002"];
/** Delete it to begin anew. */
const folder = "data/dev";

/** Milliseconds without a further change before it counts: editors and checkouts write several files. */
const quiet = 150;

let network: ChildProcess | null = null;
let isStopping = false;
let timer: NodeJS.Timeout | undefined;
/** One restart after another. */
let restarts = Promise.resolve();

for (const source of globSync("packages/*/src", { cwd: root })) {
  watch(join(root, source), { recursive: true }, (_, file) => {
    if (file === null || /\.test\.tsx?$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      restarts = restarts.then(restart);
    }, quiet);
  });
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void stop());
start();

function start(): void {
  if (isStopping) return;
  const args = [join(root, "scripts", "dev-network.ts"), ...ports, folder];
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  network = child;
  child.once("exit", (code) => {
    if (network !== child) return;
    network = null;
    if (isStopping) return;
    process.stderr.write(`The network has ended (exit code ${code}); a change starts it again.\n`);
  });
}

async function restart(): Promise<void> {
  if (isStopping) return;
  process.stderr.write("A source has changed: starting again …\n");
  // Builds the web app where that changed. A build that fails says why; the servers go on with what there was.
  await runProgram(process.execPath, [join(root, "scripts", "build.js")], {});
  await end();
  start();
}

async function end(): Promise<void> {
  const child = network;
  if (child === null) return;
  network = null;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  clearTimeout(timer);
  await restarts;
  await end();
  process.exit();
}
