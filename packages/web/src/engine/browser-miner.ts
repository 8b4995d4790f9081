/** The miner of this page: workers with the WebAssembly kernel, started by the first work, as many as the device can spare. */
import type { Miner } from "@keypears/client";
import type { Miner as AnyMiner } from "@keypears/pow5";
import { createWebMiner, fetchKernel } from "@keypears/pow5/web";
import kernelUrl from "@keypears/pow5/kernel.wasm?url";
import workerUrl from "@keypears/pow5/web-worker?worker&url";
import { createFollowingMiner } from "./following-miner.ts";
import { createSpeedGauge } from "./speed-gauge.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";
import { workerAddress } from "./trusted-types.ts";
import { workerCount } from "./worker-count.ts";

/** What works on this device: threads of its processor, how many, or its graphics processor. */
export type WorkPath =
  | { readonly kind: "cpu"; readonly threads: number }
  | { readonly kind: "gpu" };

/** How this device works. */
export interface DeviceWork {
  readonly path: Store<WorkPath>;
  /** Hashes in a second, as last measured; null before there was any work. */
  readonly speed: Store<number | null>;
  /** How many jobs share that speed at the moment. */
  readonly jobs: Store<number>;
  /** Works at something that has no end, so that the speed is known, until it is told to stop. Rejects where it cannot. */
  measure(stop: AbortSignal): Promise<void>;
}

/** What the battery tells, where a browser has one to ask. */
interface Battery extends EventTarget {
  readonly charging: boolean;
}

/** So much work that it has no end. */
const ENDLESS = { difficulty: Number.MAX_SAFE_INTEGER };

/** `known` is the speed of an earlier visit, or null; `onSpeed` hears each new one. */
export function browserMiner(
  known: number | null,
  onSpeed: (hashesPerSecond: number) => void,
): DeviceWork & { readonly miner: Miner } {
  let battery: Battery | null = null;
  const wanted = (): number =>
    workerCount({
      cores: navigator.hardwareConcurrency,
      memory: (navigator as { deviceMemory?: number }).deviceMemory,
      isOnBattery: battery?.charging === false,
      isVisible: !document.hidden,
    });
  const path = createStore<WorkPath>({ kind: "cpu", threads: wanted() });
  const speed = createStore(known);
  const jobs = createStore(0);
  const gauge = createSpeedGauge({
    known,
    now: () => performance.now(),
    isUsual: () => !document.hidden,
    onSpeed(hashesPerSecond) {
      speed.set(hashesPerSecond);
      onSpeed(hashesPerSecond);
    },
    onJobs: jobs.set,
  });

  let starting: Promise<AnyMiner> | undefined;
  async function start(): Promise<AnyMiner> {
    const kernel = await fetchKernel(kernelUrl);
    battery = await findBattery();
    const open = (threads: number): AnyMiner =>
      createWebMiner({ kernel, workerUrl: workerAddress(workerUrl), threads });
    const miner = createFollowingMiner(open, wanted);
    const follow = (): void => {
      miner.follow();
      gauge.restart();
      path.set({ kind: "cpu", threads: wanted() });
    };
    document.addEventListener("visibilitychange", follow);
    battery?.addEventListener("chargingchange", follow);
    follow();
    return miner;
  }

  const measured = gauge.measured({
    async mine(parts, options) {
      // The next work tries again where this fails: the network may be back by then.
      starting ??= start().catch((error: unknown) => {
        starting = undefined;
        throw error;
      });
      return (await starting).mine(parts, options);
    },
  });
  return {
    miner: measured,
    ...{ path, speed, jobs },
    async measure(signal) {
      const seed = crypto.getRandomValues(new Uint8Array(32));
      try {
        await measured.mine([{ ...ENDLESS, seed }], { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** The battery, or null where a browser tells nothing of it. */
async function findBattery(): Promise<Battery | null> {
  const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
  try {
    return (await getBattery?.call(navigator)) ?? null;
  } catch (error) {
    // A policy of whoever runs the browser may forbid to ask.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
