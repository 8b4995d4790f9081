/** Logging in, with the progress of both halves: the derivation and the work. */
import type { Address } from "@keypears/protocol";
import { useEffect, useRef, useState } from "react";
import { useEngine } from "./use-engine.ts";
import type { Progress } from "@keypears/client";
import type { Outcome } from "./failure.ts";

export function useLogIn(): {
  /** Null while nothing is under way. */
  readonly progress: Progress | null;
  logIn(address: Address, password: string): Promise<Outcome>;
} {
  const engine = useEngine();
  const [progress, setProgress] = useState<Progress | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  return {
    progress,
    async logIn(address, password) {
      stop.current?.abort();
      const controller = new AbortController();
      stop.current = controller;
      try {
        return await engine.logIn({
          address,
          password,
          signal: controller.signal,
          onProgress: setProgress,
        });
      } finally {
        setProgress(null);
      }
    },
  };
}
