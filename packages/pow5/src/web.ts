/** The door for browsers: the kernel from an address, a miner over Web Workers, and one that prefers the graphics processor. */
import { createChoosingMiner } from "./choosing-miner.ts";
import type { ChoosingMiner } from "./choosing-miner.ts";
import { createGpuMiner } from "./gpu/miner.ts";
import { createKernel } from "./kernel.ts";
import type { SliceResult } from "./slice.ts";
import type { Miner } from "./miner.ts";
import { createThreadedMiner } from "./threads.ts";
import type { StartThread } from "./threads.ts";

export type { ChoosingMiner, MinerPath } from "./choosing-miner.ts";
export type { GpuFailure, GpuFault, GpuRefusal } from "./gpu/processor.ts";

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

export interface BestMinerOptions extends WebMinerOptions {
  /** `navigator.gpu`, where there is one: in pages and in workers. */
  readonly gpu: GPU | undefined;
  /** Whether an adapter that is software will do, for tests. */
  readonly allowSoftware?: boolean | undefined;
}

/**
 * The miner for a page or a worker (spec/7.1): over the graphics processor if one answers within a second and hashes a known vector rightly, and over Web Workers
 * until then, where there is none, and when it fails. `prepare()` makes the choice, and compiles the kernel, ahead of need. Throws RangeError for a
 * number of threads that is none.
 */
export function createBestMiner({
  gpu,
  allowSoftware,
  ...options
}: BestMinerOptions): ChoosingMiner {
  const threads = createWebMiner(options);
  return createChoosingMiner({
    openGpu: () => createGpuMiner({ gpu, allowSoftware, kernel: createKernel(options.kernel) }),
    // It starts its workers with its first job.
    openThreads: () => threads,
  });
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
