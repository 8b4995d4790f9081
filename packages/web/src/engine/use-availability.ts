/** Whether a name can be signed up on this server, asked while somebody types it. */
import { judgeName, parseAddress } from "@keypears/protocol";
import type { Address, Domain } from "@keypears/protocol";
import { useEffect, useState } from "react";
import type { Availability } from "./engine.ts";
import { failureOf } from "./failure.ts";
import { useEngine } from "./use-engine.ts";

export type NameState =
  | { readonly status: "empty" }
  | { readonly status: "checking" | "unreachable"; readonly address: Address }
  | { readonly status: Availability; readonly address: Address | null };

/** Typing pauses for so long before the server is asked. */
const PAUSE_MILLISECONDS = 250;

/** What a typed name comes to without asking anybody. Whoever types a whole address of this server's domain means its name. */
export function readName(text: string, domain: Domain): NameState {
  const trimmed = text.trim();
  if (trimmed === "") return { status: "empty" };
  const suffix = `@${domain}`;
  const name = trimmed.toLowerCase().endsWith(suffix) ? trimmed.slice(0, -suffix.length) : trimmed;
  const address = name.includes("@") ? null : parseAddress(`${name}@${domain}`);
  if (address === null) return { status: "form", address: null };
  const judgment = judgeName(address);
  return judgment === "ok" ? { status: "checking", address } : { status: judgment, address };
}

/** The state of a typed name: judged here first, then by the server. */
export function useAvailability(text: string): NameState {
  const engine = useEngine();
  const here = readName(text, engine.domain);
  const asked = here.status === "checking" ? here.address : null;
  const [answer, setAnswer] = useState<{
    address: Address;
    status: Availability | "unreachable";
  }>();

  useEffect(() => {
    if (asked === null) return undefined;
    const stop = new AbortController();
    const ask = async (): Promise<void> => {
      const status = await engine
        .checkAvailability(asked)
        .catch((error: unknown) => (failureOf(error), "unreachable" as const));
      if (!stop.signal.aborted) setAnswer({ address: asked, status });
    };
    const timer = setTimeout(() => void ask(), PAUSE_MILLISECONDS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [engine, asked]);

  return answer !== undefined && answer.address === asked ? answer : here;
}
