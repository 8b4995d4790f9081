/** A sign-up whose work begins as soon as the address is settled. */
import type { Address } from "@keypears/protocol";
import { useEffect, useRef, useState } from "react";
import { useEngine } from "./use-engine.ts";
import type { Progress } from "@keypears/client";
import type { SignUp } from "./engine.ts";
import type { Outcome } from "./failure.ts";
import { createStore, useStore } from "./store.ts";

/** An address that stays for so long is settled. */
const SETTLED_MILLISECONDS = 600;

const nothing = createStore<Progress | null>(null);

/**
 * The progress of a sign-up for this address, and what finishes it. Another address begins another one; `finish` begins at once
 * where nothing has begun.
 */
export function useSignUp(address: Address | null): {
  /** Null while nothing has begun. */
  readonly progress: Progress | null;
  finish(address: Address, password: string, strength: number): Promise<Outcome>;
} {
  const engine = useEngine();
  const current = useRef<SignUp | null>(null);
  const [signUp, setSignUp] = useState<SignUp | null>(null);

  function begin(wanted: Address): SignUp {
    if (current.current?.address === wanted) return current.current;
    current.current?.cancel();
    const begun = engine.beginSignUp(wanted);
    current.current = begun;
    setSignUp(begun);
    return begun;
  }

  useEffect(() => {
    if (address === null) return undefined;
    const timer = setTimeout(() => begin(address), SETTLED_MILLISECONDS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- begin reads refs only
  }, [address]);

  // Whoever leaves the page stops the work.
  useEffect(
    () => () => {
      current.current?.cancel();
      current.current = null;
    },
    [],
  );

  return {
    progress: useStore<Progress | null>(signUp?.progress ?? nothing),
    async finish(wanted, password, strength) {
      const outcome = await begin(wanted).finish(password, strength);
      // A solution is spent once: the next try works anew.
      if (!outcome.ok) current.current = null;
      return outcome;
    },
  };
}
