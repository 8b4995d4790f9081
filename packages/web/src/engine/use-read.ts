/** Something that is read once when it is shown, and again on request. */
import { useCallback, useEffect, useState } from "react";
import { failureOf } from "./failure.ts";

export type Read<Value> =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly value: Value }
  | { readonly status: "failed"; readonly failure: string };

/** What `read` gives; `read` has to be the same function as long as it reads the same. */
export function useRead<Value>(
  read: () => Promise<Value>,
): readonly [result: Read<Value>, again: () => void] {
  const [result, setResult] = useState<Read<Value>>({ status: "loading" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    async function ask(): Promise<void> {
      try {
        const value = await read();
        if (wanted) setResult({ status: "ready", value });
      } catch (error) {
        const failure = failureOf(error);
        if (wanted) setResult({ status: "failed", failure });
      }
    }
    void ask();
    return () => {
      wanted = false;
    };
  }, [read, turn]);
  return [result, useCallback(() => setTurn((before) => before + 1), [])];
}
