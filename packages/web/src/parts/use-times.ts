import { useMemo, useSyncExternalStore } from "react";
import { useInsideMessages } from "../messages/inside.ts";
import { localeOf, timesIn } from "./time.ts";
import type { Times } from "./time.ts";

/** Times in the language in use. */
export function useTimes(): Times {
  const { language, conversations } = useInsideMessages();
  return useMemo(
    () => timesIn(localeOf(language, navigator.languages), conversations),
    [language, conversations],
  );
}

/** The present minute: a component that says "today" is drawn anew when that is over. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => minute);
}

let minute = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    minute = Date.now();
    for (const each of listeners) each();
  }, 60_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
