/** How strong what somebody types is, as soon as the judge has been loaded. */
import { useEffect, useMemo, useState } from "react";
import type { Strength } from "./strength.ts";

type Judge = (password: string, ownWords: readonly string[]) => Strength;

/** The strength of a password for an address; null while there is none, or the judge is still loading. */
export function useStrength(password: string, address: string | null): Strength | null {
  const [judge, setJudge] = useState<{ judge: Judge } | null>(null);
  const isNeeded = password !== "";
  useEffect(() => {
    if (!isNeeded) return undefined;
    let wanted = true;
    void loadJudge().then((loaded) => wanted && setJudge({ judge: loaded }));
    return () => {
      wanted = false;
    };
  }, [isNeeded]);

  return useMemo(() => {
    if (judge === null || password === "") return null;
    const name = address?.split("@", 1) ?? [];
    return judge.judge(password, address === null ? [] : [address, ...name, "keypears"]);
  }, [judge, password, address]);
}

let loading: Promise<Judge> | undefined;

function loadJudge(): Promise<Judge> {
  loading ??= Promise.all([import("./strength.ts"), import("virtual:common-passwords")]).then(
    ([{ createJudge }, { default: passwords }]) => createJudge(passwords),
  );
  return loading;
}
