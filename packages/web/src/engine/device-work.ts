/** How this device works: what screens see of its miner, which is loaded with the first work. */
import type { Miner } from "@keypears/client";
import { createStore } from "./store.ts";
import type { Store, WritableStore } from "./store.ts";

/** What works on this device: threads of its processor, how many, or its graphics processor. */
export type WorkPath =
  | { readonly kind: "cpu"; readonly threads: number }
  | { readonly kind: "gpu" };

export interface DeviceWork {
  /** Null until the device has worked on this visit. */
  readonly path: Store<WorkPath | null>;
  /** Hashes in a second, as last measured; null before there was any work. */
  readonly speed: Store<number | null>;
  /** How many jobs share that speed at the moment. */
  readonly jobs: Store<number>;
  /** Works at something that has no end, so that the speed is known, until it is told to stop. Rejects where it cannot. */
  measure(stop: AbortSignal): Promise<void>;
}

/** The same stores, for whoever measures. */
export interface WritableWork {
  readonly path: WritableStore<WorkPath | null>;
  readonly speed: WritableStore<number | null>;
  readonly jobs: WritableStore<number>;
}

/** `known` is the speed of an earlier visit, or null; `onSpeed` hears each new one. */
export function openDeviceWork(
  known: number | null,
  onSpeed: (hashesPerSecond: number) => void,
): DeviceWork & { readonly miner: Miner } {
  const stores: WritableWork = {
    path: createStore<WorkPath | null>(null),
    speed: createStore(known),
    jobs: createStore(0),
  };
  stores.speed.subscribe(() => onSpeed(stores.speed.get() ?? 0));

  let starting: Promise<Miner> | undefined;
  async function start(): Promise<Miner> {
    try {
      const { startMiner } = await import("./browser-miner.ts");
      return await startMiner(stores);
    } catch (error) {
      // The next work tries again: the network may be back by then.
      starting = undefined;
      throw error;
    }
  }
  const miner: Miner = {
    mine: async (parts, options) => (await (starting ??= start())).mine(parts, options),
  };
  return {
    miner,
    ...stores,
    async measure(signal) {
      const endless = {
        seed: crypto.getRandomValues(new Uint8Array(32)),
        difficulty: Number.MAX_SAFE_INTEGER,
      };
      try {
        await miner.mine([endless], { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}
