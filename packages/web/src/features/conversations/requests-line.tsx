import { Link } from "@tanstack/react-router";
import { UserRoundPlus } from "lucide-react";
import type { ReactNode } from "react";
import { useNew } from "../../engine/use-lists.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import styles from "./requests-line.module.css";

/** Strangers wait: the way to them. Nothing where nobody does. */
export function RequestsLine({ icon }: { icon: ReactNode }) {
  const { conversations } = useInsideMessages();
  const { waiting } = useNew();
  if (waiting === 0) return null;
  return (
    <Link to="/requests" className={styles.line}>
      <UserRoundPlus aria-hidden />
      <span className={styles.text}>
        <span className={styles.title}>{conversations.requests}</span>
        <span className={styles.count}>{conversations.requestsWaiting(waiting)}</span>
      </span>
      <span className={styles.icon}>{icon}</span>
    </Link>
  );
}
