/** Who answers to an address, asked when it has been typed. */
import type { Contact, Quote } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import { useEffect, useState } from "react";
import { failureOf } from "./failure.ts";
import { useStore } from "./store.ts";
import { useMailbox } from "./use-session.ts";

export type LookUp =
  | { readonly status: "none" }
  | { readonly status: "looking"; readonly address: Address }
  | { readonly status: "failed"; readonly address: Address; readonly failure: string }
  | {
      readonly status: "found";
      readonly address: Address;
      readonly contact: Contact;
      /** Null until the price is known, or where it could not be asked. */
      readonly quote: Quote | null;
    };

/** Typing pauses for so long before anybody is asked. */
const PAUSE_MILLISECONDS = 450;

export function useLookUp(address: Address | null): LookUp {
  const mailbox = useMailbox();
  const [result, setResult] = useState<LookUp>({ status: "none" });
  useEffect(() => {
    if (address === null) return undefined;
    let wanted = true;
    const timer = setTimeout(() => void ask(address), PAUSE_MILLISECONDS);
    async function ask(asked: Address): Promise<void> {
      try {
        const contact = await mailbox.lookUp(asked);
        if (!wanted) return;
        setResult({ status: "found", address: asked, contact, quote: null });
        const quote = await mailbox.quote(asked);
        if (wanted) setResult({ status: "found", address: asked, contact, quote });
      } catch (error) {
        const failure = failureOf(error);
        // The keys are there and only the price is not: that is no reason not to write.
        if (wanted) {
          setResult((before) =>
            before.status === "found" && before.address === asked
              ? before
              : { status: "failed", address: asked, failure },
          );
        }
      }
    }
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [address, mailbox]);

  if (address === null) return { status: "none" };
  return result.status !== "none" && result.address === address
    ? result
    : { status: "looking", address };
}

/** Everybody one writes with, for completing what is typed. */
export function useContacts(): readonly Address[] {
  const { known } = useStore(useMailbox().lists);
  return [...known.values()].filter(({ accepted }) => accepted).map(({ peer }) => peer);
}
