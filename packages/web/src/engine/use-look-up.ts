/** Who answers to an address, asked when it has been typed. */
import type { Contact, Quote } from "@keypears/client";
import { domainOf } from "@keypears/protocol";
import type { Address } from "@keypears/protocol";
import { useCallback, useEffect, useRef, useState } from "react";
import { failureOf, faultOf } from "./failure.ts";
import { useStore } from "./store.ts";
import { useEngine } from "./use-engine.ts";
import { useMailbox } from "./use-session.ts";

export type LookUp =
  | { readonly status: "none" }
  | { readonly status: "looking"; readonly address: Address }
  | {
      readonly status: "failed";
      readonly address: Address;
      readonly failure: string;
      /** What is in the way to the domain, where that is why. */
      readonly fault: string | null;
    }
  | {
      readonly status: "found";
      readonly address: Address;
      readonly contact: Contact;
      /** Null until the price is known, or where it could not be asked. */
      readonly quote: Quote | null;
    };

/**
 * Typing pauses for so long before anybody is asked: longer at another domain, since the beginning of a domain's name is a name too,
 * and a server that nobody meant would be asked.
 */
const PAUSE_MILLISECONDS = 450;
const PAUSE_ELSEWHERE_MILLISECONDS = 1000;

/** `isWhole`: nobody is typing any more. The second value asks once more. */
export function useLookUp(
  address: Address | null,
  isWhole: boolean,
): readonly [result: LookUp, again: () => void] {
  const mailbox = useMailbox();
  const { domain } = useEngine();
  const [result, setResult] = useState<LookUp>({ status: "none" });
  const [turn, setTurn] = useState(0);
  /** The question that was asked last: what an earlier one comes to matters no more. */
  const asked = useRef<{ readonly address: Address; readonly turn: number } | null>(null);
  useEffect(() => {
    if (address === null) return undefined;
    const isAgain = asked.current?.address === address;
    if (isAgain && asked.current?.turn === turn) return undefined;
    const own = { address, turn };
    async function ask(): Promise<void> {
      asked.current = own;
      const set = (next: (before: LookUp) => LookUp) => asked.current === own && setResult(next);
      try {
        const contact = await mailbox.lookUp(own.address);
        set(() => ({ status: "found", address: own.address, contact, quote: null }));
        const quote = await mailbox.quote(own.address);
        set(() => ({ status: "found", address: own.address, contact, quote }));
      } catch (error) {
        const [failure, fault] = [failureOf(error), faultOf(error)];
        // The keys are there and only the price is not: that is no reason not to write.
        set((before) =>
          before.status === "found" && before.address === own.address
            ? before
            : { status: "failed", address: own.address, failure, fault },
        );
      }
    }
    const usual = domainOf(address) === domain ? PAUSE_MILLISECONDS : PAUSE_ELSEWHERE_MILLISECONDS;
    const timer = setTimeout(() => void ask(), isWhole || isAgain ? 0 : usual);
    return () => clearTimeout(timer);
  }, [address, domain, isWhole, mailbox, turn]);

  const again = useCallback(() => {
    setResult({ status: "none" });
    setTurn((before) => before + 1);
  }, []);
  if (address === null) return [{ status: "none" }, again];
  const isAnswer = result.status !== "none" && result.address === address;
  return [isAnswer ? result : { status: "looking", address }, again];
}

/** Everybody one writes with, for completing what is typed. */
export function useContacts(): readonly Address[] {
  const { known } = useStore(useMailbox().lists);
  return [...known.values()].filter(({ accepted }) => accepted).map(({ peer }) => peer);
}
