import { CloudOff, KeyRound, ShieldAlert } from "lucide-react";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { useStore } from "../../engine/store.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Banner } from "../../ui/banner.tsx";
import styles from "./shell.module.css";

/** A short break is not worth a word. */
const PATIENCE_MILLISECONDS = 1500;

/** What holds for all of the app at present: out of reach, an alarm, keys that will be gone. */
export function ConnectionBanner() {
  const { connection: text } = useInsideMessages();
  const { keepsKeys } = useEngine();
  const mailbox = useMailbox();
  const connection = useLasting(useStore(mailbox.connection));
  const alarm = useStore(mailbox.alarm);
  return (
    <>
      {alarm ? (
        <Place>
          <Banner look="danger" icon={<ShieldAlert aria-hidden />} urgent>
            {text.alarm}
          </Banner>
        </Place>
      ) : null}
      {connection === "offline" || connection === "polling" ? (
        <Place>
          <Banner
            look={connection === "offline" ? "warning" : "notice"}
            icon={<CloudOff aria-hidden />}
          >
            {text[connection]}
          </Banner>
        </Place>
      ) : null}
      {keepsKeys ? null : (
        <Place>
          <Banner look="notice" icon={<KeyRound aria-hidden />}>
            {text.memory}
          </Banner>
        </Place>
      )}
    </>
  );
}

function Place({ children }: { children: ReactNode }) {
  return <div className={styles.banner}>{children}</div>;
}

/** A value once it has lasted for a while; what is good again is taken at once. */
function useLasting<Value extends string>(value: Value): Value {
  const [lasting, setLasting] = useState(value);
  useEffect(() => {
    const wait = value === "offline" || value === "polling" ? PATIENCE_MILLISECONDS : 0;
    const timer = setTimeout(() => setLasting(value), wait);
    return () => clearTimeout(timer);
  }, [value]);
  return lasting;
}
