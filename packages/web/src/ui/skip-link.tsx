import type { ReactNode } from "react";
import styles from "./skip-link.module.css";

/** The first thing that the keyboard reaches: past all navigation to what the page is for. */
export function SkipLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <a
      className={styles.skip}
      href={`#${to}`}
      onClick={(event) => {
        // Without touching the address, which belongs to the router.
        event.preventDefault();
        document.getElementById(to)?.focus();
      }}
    >
      {children}
    </a>
  );
}
