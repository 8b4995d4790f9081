import type { ReactNode } from "react";
import styles from "./back-icon.module.css";

/** A picture that points back or on, and turns where text runs from right to left. */
export function BackIcon({ children }: { children: ReactNode }) {
  return <span className={styles.icon}>{children}</span>;
}
