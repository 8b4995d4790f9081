/** The door for browsers: the kernel from an address, and a miner over Web Workers. */
import type { SliceResult } from "./slice.ts";
import type { Miner } from "./miner.ts";
import { createThreadedMiner } from "./threads.ts";
import type { StartThread } from "./threads.ts";

export interface WebMinerOptions {
  /** From {@link fetchKernel}. */
  readonly kernel: WebAssembly.Module;
  /**
   * The page's own address of `@keypears/pow5/web-worker`, a module. Under `require-trusted-types-for 'script'` it is a TrustedScriptURL, made by a policy
   * of the app.
   */
  readonly workerUrl: string | URL | TrustedScriptURL;
  /** How many workers: 1 to 1024, by default one for each core. */
  readonly threads?: number | undefined;
}

/** What the DOM calls by this name; TypeScript has no type for it. */
export interface TrustedScriptURL {
  toJSON(): string;
}

/**
 * The kernel, compiled while it arrives from the page's own address of `@keypears/pow5/kernel.wasm`; it has to be served as application/wasm. Rejects with Error
 * when it does not arrive, and with CompileError where the browser has no WebAssembly SIMD.
 */
export async function fetchKernel(url: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the proof-of-work kernel did not load: ${response.status}`);
  return WebAssembly.compileStreaming(response);
}

/** A miner over Web Workers (spec/7.1), which start with the first job. Throws RangeError for a number of threads that is none. */
export function createWebMiner({
  kernel,
  workerUrl,
  threads = navigator.hardwareConcurrency,
}: WebMinerOptions): Miner {
  return createThreadedMiner(threads, startWorkers(kernel, workerUrl));
}

function startWorkers(
  kernel: WebAssembly.Module,
  workerUrl: WebMinerOptions["workerUrl"],
): StartThread {
  return ({ onResult, onDeath }) => {
    // A TrustedScriptURL is what Worker takes, though its type does not know.
    const worker = new Worker(workerUrl as string | URL, { type: "module", name: "keypears-pow5" });
    worker.addEventListener("message", ({ data }: MessageEvent<SliceResult>) => onResult(data));
    worker.addEventListener("messageerror", () => onDeath(new Error("its answer is unreadable")));
    worker.addEventListener("error", ({ message }) =>
      // A worker whose script did not load says nothing more.
      onDeath(new Error(message || "its script did not load")),
    );
    worker.postMessage(kernel);
    return {
      post: (slice) => worker.postMessage(slice),
      // An idle worker keeps no page open.
      setBusy: () => undefined,
      terminate: () => worker.terminate(),
    };
  };
}
