/** The miner of this page: workers with the WebAssembly kernel, started by the first work; and how fast they are. */
import type { Miner } from "@keypears/client";
import { createWebMiner, fetchKernel } from "@keypears/pow5/web";
import kernelUrl from "@keypears/pow5/kernel.wasm?url";
import workerUrl from "@keypears/pow5/web-worker?worker&url";
import { workerAddress } from "./trusted-types.ts";

/** Less work says little about speed: the workers are still starting. */
const LEAST_MILLISECONDS = 300;
const LEAST_HASHES = 50_000;

/** A miner; `onSpeed` hears how many hashes a second came of each longer piece of work. */
export function browserMiner(onSpeed: (hashesPerSecond: number) => void): Miner {
  let starting: Promise<ReturnType<typeof createWebMiner>> | undefined;
  async function start(): Promise<ReturnType<typeof createWebMiner>> {
    try {
      return createWebMiner({
        kernel: await fetchKernel(kernelUrl),
        workerUrl: workerAddress(workerUrl),
      });
    } catch (error) {
      // The next work tries again: the network may be back by then.
      starting = undefined;
      throw error;
    }
  }
  return {
    async mine(parts, options = {}) {
      starting ??= start();
      const miner = await starting;
      const since = performance.now();
      let tried = 0;
      const nonces = await miner.mine(parts, {
        ...options,
        onTried: (count) => {
          tried += count;
        },
      });
      const milliseconds = performance.now() - since;
      if (milliseconds >= LEAST_MILLISECONDS && tried >= LEAST_HASHES) {
        onSpeed((tried * 1000) / milliseconds);
      }
      return nonces;
    },
  };
}
