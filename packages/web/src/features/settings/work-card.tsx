import { Link } from "@tanstack/react-router";
import { Gauge } from "lucide-react";
import { useStore } from "../../engine/store.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import styles from "./settings.module.css";

/** How fast this device works, in short, and the way to its page. */
export function WorkCard() {
  const { settings: text } = useInsideMessages();
  const speed = useStore(useEngine().work.speed);
  return (
    <Card title={text.work} description={text.workHelp}>
      <div className={styles.line}>
        <p className={styles.label}>
          {speed === null ? text.speedUnknown : text.speedValue(speed)}
        </p>
        <Button size="small" icon={<Gauge aria-hidden />} render={<Link to="/settings/work" />}>
          {text.workLook}
        </Button>
      </div>
    </Card>
  );
}
