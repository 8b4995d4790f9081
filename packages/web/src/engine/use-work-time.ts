/** Work as time on this device, from its measured speed. */
import type { Progress } from "@keypears/client";
import { createStore, useStore } from "./store.ts";
import { useEngine } from "./use-engine.ts";
import { secondsLeft } from "./work-time.ts";

const none = createStore<number | null>(null);

/** The seconds that so many hashes take here on average; null where either is unknown. */
export function useSeconds(hashes: number | null): number | null {
  const { work } = useEngine();
  // Whoever asks about nothing is not drawn anew whenever the speed changes.
  const speed = useStore<number | null>(hashes === null ? none : work.speed);
  return hashes === null || speed === null ? null : hashes / speed;
}

/** The seconds of work that are left on average; null where that is unknown, or nothing is left. */
export function useSecondsLeft(progress: Progress | null): number | null {
  const { work } = useEngine();
  const speed = useStore<number | null>(progress === null ? none : work.speed);
  const jobs = useStore<number | null>(progress === null ? none : work.jobs) ?? 1;
  return progress === null ? null : secondsLeft(progress, speed, jobs);
}
