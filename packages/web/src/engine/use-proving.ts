/** Logging in or unlocking, with the progress of both halves: the derivation and the work. */
import type { Progress } from "@keypears/client";
import { useEffect, useRef, useState } from "react";
import { CANCELLED } from "./failure.ts";
import type { Failure, Outcome } from "./failure.ts";

/** What a log-in or an unlocking is given beside address and password. */
export interface LongCall {
  readonly ceiling: number | undefined;
  readonly signal: AbortSignal;
  onProgress(progress: Progress): void;
}

export interface Proving {
  /** Null while nothing is under way. */
  readonly progress: Progress | null;
  /** Why the last try was in vain; null while one is under way, or where the user stopped it. */
  readonly failure: Failure | null;
  /** Begins; what was under way is given up. */
  begin(call: (options: LongCall) => Promise<Outcome>, ceiling?: number): Promise<void>;
  stop(): void;
}

export function useProving(): Proving {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  return {
    progress,
    failure,
    async begin(call, ceiling) {
      running.current?.abort();
      const own = new AbortController();
      running.current = own;
      const isOwn = (): boolean => running.current === own;
      setFailure(null);
      try {
        const outcome = await call({
          ceiling,
          signal: own.signal,
          onProgress: (next) => isOwn() && setProgress(next),
        });
        // Whoever stops it knows why.
        if (isOwn() && !outcome.ok && outcome.reason !== CANCELLED) setFailure(outcome);
      } finally {
        if (isOwn()) setProgress(null);
      }
    },
    stop: () => running.current?.abort(),
  };
}
