/**
 * The miner of this page: the graphics processor where there is one that proves itself, else workers with the WebAssembly kernel, as many as
 * the device can spare at the time.
 */
import type { Miner } from "@keypears/client";
import { createBestMiner, fetchKernel } from "@keypears/pow5/web";
import type { ChoosingMiner } from "@keypears/pow5/web";
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
  let best: ChoosingMiner | null = null;
  const open = (threads: number): ChoosingMiner => {
    // What was refused once is not tried again.
    const reason = best?.reason ?? null;
    const isRefused = reason !== null && "refused" in reason;
    best = createBestMiner({
      ...{ kernel, threads, workerUrl: workerAddress(workerUrl) },
      gpu: isRefused ? undefined : navigator.gpu,
    });
    void best.prepare().then(tell);
    return best;
  };
  const tell = (): void =>
    path.set(best?.path === "gpu" ? { kind: "gpu" } : { kind: "cpu", threads: wanted() });
  const miner = createFollowingMiner(open, wanted);
  const gauge = createSpeedGauge({
    known: speed.get(),
    now: () => performance.now(),
    isUsual: () => !document.hidden,
    onSpeed(hashesPerSecond) {
      speed.set(hashesPerSecond);
      // A graphics processor that went away has left its work to the workers.
      tell();
    },
    onJobs: jobs.set,
  });
  const follow = (): void => {
    // The number of workers is no matter to a graphics processor that works.
    if (best?.path !== "gpu") miner.follow();
    gauge.restart();
    tell();
  };
  document.addEventListener("visibilitychange", follow);
  battery?.addEventListener("chargingchange", follow);
  follow();
  miner.prepare();
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
