/** A generated passphrase to offer, and another one on request. */
import { useCallback, useEffect, useState } from "react";
import { makePassphrase } from "./passphrase.ts";

/** The passphrase, or null until the list of words has come; and a function that draws another. */
export function usePassphrase(): readonly [passphrase: string | null, another: () => void] {
  const [words, setWords] = useState<readonly string[] | null>(null);
  const [passphrase, setPassphrase] = useState<string | null>(null);

  const draw = useCallback((list: readonly string[]) => {
    setPassphrase(makePassphrase(list, (bytes) => crypto.getRandomValues(bytes)));
  }, []);
  useEffect(() => {
    let wanted = true;
    void import("virtual:passphrase-words").then(({ default: list }) => {
      if (!wanted) return;
      setWords(list);
      draw(list);
    });
    return () => {
      wanted = false;
    };
  }, [draw]);

  return [passphrase, useCallback(() => words !== null && draw(words), [words, draw])];
}
