import type { ReactNode } from "react";
import styles from "./divider.module.css";

/** The day that begins here. */
export function DayDivider({ children }: { children: ReactNode }) {
  return (
    <div className={styles.day} role="separator">
      <span className={styles.pill}>{children}</span>
    </div>
  );
}

/** A quiet line in the flow: a key that changed, a person that was verified. */
export function FlowNote({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.note}>
      {icon}
      <span>{children}</span>
    </div>
  );
}
