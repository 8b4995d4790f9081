/** A sign-up whose work begins as soon as the address is settled. */
import type { Address } from "@keypears/protocol";
import { useEffect, useRef, useState } from "react";
import { useEngine } from "./use-engine.ts";
import type { Progress } from "@keypears/client";
import type { SignUp } from "./engine.ts";
import type { Failure, Outcome } from "./failure.ts";
import { createStore, useStore } from "./store.ts";

/** An address that stays for so long is settled. */
const SETTLED_MILLISECONDS = 600;

const nothing = createStore<null>(null);

/**
 * The progress of a sign-up for this address, and what finishes it. Another address begins another one; `finish` begins at once
 * where nothing has begun, and anew where the work has failed.
 */
export function useSignUp(address: Address | null): {
  /** Null while nothing has begun. */
  readonly progress: Progress | null;
  /** Why the work is not going on: it was stopped, is too dear, or has failed. */
  readonly failure: Failure | null;
  /** Works anew; `ceiling` where the user agrees to a price, in hashes. */
  again(ceiling?: number): void;
  stop(): void;
  finish(address: Address, password: string, strength: number): Promise<Outcome>;
} {
  const engine = useEngine();
  const current = useRef<SignUp | null>(null);
  const [signUp, setSignUp] = useState<SignUp | null>(null);

  function begin(wanted: Address, ceiling?: number): SignUp {
    const before = current.current;
    if (before?.address === wanted && before.failure.get() === null) return before;
    before?.cancel();
    const begun = engine.beginSignUp(wanted, ceiling);
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

  const progress = useStore<Progress | null>(signUp?.progress ?? nothing);
  const failure = useStore<Failure | null>(signUp?.failure ?? nothing);
  return {
    progress: failure === null ? progress : null,
    failure,
    again(ceiling) {
      if (signUp !== null) begin(signUp.address, ceiling);
    },
    stop: () => current.current?.cancel(),
    async finish(wanted, password, strength) {
      const outcome = await begin(wanted).finish(password, strength);
      // A solution is spent once: the next try works anew. Where the work itself has failed, that stays to be seen.
      if (!outcome.ok && current.current?.failure.get() === null) current.current = null;
      return outcome;
    },
  };
}
