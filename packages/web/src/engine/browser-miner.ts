/** The miner of this page: workers with the WebAssembly kernel, as many as the device can spare at the time. */
import type { Miner } from "@keypears/client";
import { createWebMiner, fetchKernel } from "@keypears/pow5/web";
import kernelUrl from "@keypears/pow5/kernel.wasm?url";
import workerUrl from "@keypears/pow5/web-worker?worker&url";
import type { WritableWork } from "./device-work.ts";
import { createFollowingMiner } from "./following-miner.ts";
import { createSpeedGauge } from "./speed-gauge.ts";
import { workerAddress } from "./trusted-types.ts";
import { workerCount } from "./worker-count.ts";

/** What the battery tells, where a browser has one to ask. */
interface Battery extends EventTarget {
  readonly charging: boolean;
}

/** Starts what mines on this page, and writes into the stores how it does. */
export async function startMiner({ path, speed, jobs }: WritableWork): Promise<Miner> {
  const [kernel, battery] = await Promise.all([fetchKernel(kernelUrl), findBattery()]);
  const wanted = (): number =>
    workerCount({
      cores: navigator.hardwareConcurrency,
      memory: (navigator as { deviceMemory?: number }).deviceMemory,
      isOnBattery: battery?.charging === false,
      isVisible: !document.hidden,
    });
  const miner = createFollowingMiner(
    (threads) => createWebMiner({ kernel, workerUrl: workerAddress(workerUrl), threads }),
    wanted,
  );
  const gauge = createSpeedGauge({
    known: speed.get(),
    now: () => performance.now(),
    isUsual: () => !document.hidden,
    onSpeed: speed.set,
    onJobs: jobs.set,
  });
  const follow = (): void => {
    miner.follow();
    gauge.restart();
    path.set({ kind: "cpu", threads: wanted() });
  };
  document.addEventListener("visibilitychange", follow);
  battery?.addEventListener("chargingchange", follow);
  follow();
  return gauge.measured(miner);
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
