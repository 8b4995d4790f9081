import { classes } from "./classes.ts";
import styles from "./step-mark.module.css";

/** How far something has come on a way of three steps: as many dots are full. Its words stand beside it. */
export function StepMark({ step }: { step: 1 | 2 | 3 }) {
  return (
    <svg className={styles.mark} viewBox="0 0 24 18" aria-hidden>
      {[3.5, 12, 20.5].map((x, index) => (
        <circle key={x} cx={x} cy="9" r="3.25" className={classes(index >= step && styles.ahead)} />
      ))}
    </svg>
  );
}
