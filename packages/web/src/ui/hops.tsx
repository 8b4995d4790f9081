import { Check, X } from "lucide-react";
import { classes } from "./classes.ts";
import styles from "./hops.module.css";
import { VisuallyHidden } from "./visually-hidden.tsx";

/** One station of a way: gone past, where it stops, or not reached. */
export interface Hop {
  readonly name: string;
  readonly state: "past" | "stopped" | "ahead";
  /** The state in words. */
  readonly label: string;
}

/** A way with its stations, as far as it was gone. */
export function Hops({ label, hops }: { label: string; hops: readonly Hop[] }) {
  return (
    <ol className={styles.hops} aria-label={label}>
      {hops.map(({ name, state, label: words }) => (
        <li key={name} className={classes(styles.hop, styles[state])}>
          <span className={styles.dot} aria-hidden>
            {state === "past" ? <Check /> : state === "stopped" ? <X /> : null}
          </span>
          <span className={styles.name}>
            {name}
            <VisuallyHidden>, {words}</VisuallyHidden>
          </span>
        </li>
      ))}
    </ol>
  );
}
