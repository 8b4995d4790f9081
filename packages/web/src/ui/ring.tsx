import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./ring.module.css";

/** The sixteen parts of a proof of work (spec/7.3). */
const PARTS = 16;
const RADIUS = 42;

/** One segment of the ring, between two gaps, starting at the top and going the way of the clock. */
function segment(index: number): string {
  const step = (2 * Math.PI) / PARTS;
  const gap = 0.06;
  const at = (angle: number): string =>
    `${(50 + RADIUS * Math.sin(angle)).toFixed(2)} ${(50 - RADIUS * Math.cos(angle)).toFixed(2)}`;
  return `M${at(index * step + gap)}A${RADIUS} ${RADIUS} 0 0 1 ${at((index + 1) * step - gap)}`;
}

const segments = Array.from({ length: PARTS }, (_, index) => segment(index));

interface RingProps {
  /** How many parts are done: 0 to 16. Nothing is shown that has not happened. */
  readonly done: number;
  /** Whether somebody is working on it: what is not done breathes. */
  readonly working?: boolean;
  /** What the ring measures, for those who listen. */
  readonly label: string;
  /** What it says of the progress, such as "5 of 16". */
  readonly valueText: string;
  readonly size?: number;
  /** What stands in the middle. */
  readonly children?: ReactNode;
}

/** The ring of sixteen: the sign of honest progress everywhere. */
export function Ring({ done, working, label, valueText, size = 48, children }: RingProps) {
  return (
    <span
      className={styles.ring}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={PARTS}
      aria-valuenow={done}
      aria-valuetext={valueText}
    >
      <svg
        width={size}
        height={size}
        viewBox="0 0 100 100"
        className={classes(working && styles.working)}
        aria-hidden
      >
        {segments.map((path, index) => (
          <path
            key={path}
            d={path}
            className={classes(
              styles.segment,
              size < 32 && styles.bold,
              index < done && styles.done,
            )}
          />
        ))}
      </svg>
      {children === undefined ? null : <span className={styles.middle}>{children}</span>}
    </span>
  );
}
