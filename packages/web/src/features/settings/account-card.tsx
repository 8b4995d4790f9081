import { Link } from "@tanstack/react-router";
import { Copy, IdCard, LogOut } from "lucide-react";
import { useState } from "react";
import { useEngine } from "../../engine/use-engine.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./settings.module.css";

/** Who one is, and the way out. */
export function AccountCard() {
  const { settings } = useInsideMessages();
  const engine = useEngine();
  const { address } = useMailbox();
  const name = address.slice(0, address.indexOf("@"));
  const toast = useToast();
  const [isLeaving, setIsLeaving] = useState(false);

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(address);
    toast(settings.copied);
  }

  return (
    <Card title={settings.account}>
      <div className={styles.line}>
        <div className={styles.me}>
          <Avatar address={address} />
          <div className={styles.text}>
            <span className={styles.label}>{settings.address}</span>
            <span className={styles.address} dir="ltr">
              {address}
            </span>
          </div>
        </div>
        <div className={styles.buttons}>
          <Button
            size="small"
            icon={<IdCard aria-hidden />}
            render={<Link to="/@{$name}" params={{ name }} />}
          >
            {settings.card}
          </Button>
          <Button size="small" icon={<Copy aria-hidden />} onClick={() => void copy()}>
            {settings.copy}
          </Button>
        </div>
      </div>
      <div className={styles.line}>
        <p className={styles.label}>{settings.logOutHelp}</p>
        <Button
          size="small"
          icon={<LogOut aria-hidden />}
          busy={isLeaving}
          onClick={() => {
            setIsLeaving(true);
            void engine.logOut();
          }}
        >
          {settings.logOut}
        </Button>
      </div>
    </Card>
  );
}
