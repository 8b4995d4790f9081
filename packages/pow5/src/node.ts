/** The door for Node: the kernel from the file that the build made, and a miner over worker threads. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { createKernel } from "./kernel.ts";
import type { Kernel } from "./kernel.ts";
import type { Miner } from "./miner.ts";
import { createThreadedMiner } from "./threads.ts";
import type { StartThread } from "./threads.ts";

const KERNEL = new URL("../build/kernel.wasm", import.meta.url);
const WORKER = new URL("./node-worker.ts", import.meta.url);

/** The kernel (spec/7.1) for this thread, which is how a server verifies. Throws Error when it has not been built. */
export function loadKernel(): Kernel {
  return createKernel(readKernel());
}

/**
 * A miner over worker threads, `threads` of them (1 to 1024), by default one for each core. They start with the first job, and keep the process from
 * ending only while there is one. Throws RangeError for another number, and Error when the kernel has not been built.
 */
export function createNodeMiner({ threads = availableParallelism() } = {}): Miner {
  return createThreadedMiner(threads, startThreads(readKernel(), WORKER));
}

/** Starts threads of the given script, which is src/node-worker.ts but in tests. */
export function startThreads(module: WebAssembly.Module, script: URL): StartThread {
  return ({ onResult, onDeath }) => {
    const worker = new Worker(script, {
      workerData: module,
      name: "keypears-pow5",
      // The process's own options are about its own script: with --input-type a worker would not start.
      execArgv: [],
    });
    worker.on("message", onResult);
    worker.on("messageerror", onDeath);
    worker.on("error", onDeath);
    worker.on("exit", (code) => onDeath(new Error(`it ended with code ${code}`)));
    return {
      post: (slice) => worker.postMessage(slice),
      setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
      terminate: () => void worker.terminate(),
    };
  };
}

function readKernel(): WebAssembly.Module {
  try {
    return new WebAssembly.Module(readFileSync(KERNEL));
  } catch (cause) {
    throw new Error("the proof-of-work kernel cannot be loaded; build it with: npm run build", {
      cause,
    });
  }
}
