import { useSyncExternalStore } from "react";
import { useInsideMessages } from "../messages/inside.ts";
import { localeOf, timesIn } from "./time.ts";
import type { TimeWords, Times } from "./time.ts";

/** Making formats is dear, and every message wants them: they are made once for each language. */
const made = new WeakMap<TimeWords, Times>();

/** Times in the language in use. */
export function useTimes(): Times {
  const { language, conversations } = useInsideMessages();
  const known = made.get(conversations);
  if (known !== undefined) return known;
  const times = timesIn(localeOf(language, navigator.languages), conversations);
  made.set(conversations, times);
  return times;
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
