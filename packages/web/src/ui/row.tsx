import type { ReactElement, ReactNode } from "react";
import { classes } from "./classes.ts";
import { elementOf } from "./element.ts";
import styles from "./row.module.css";

interface RowProps {
  readonly start?: ReactNode;
  readonly title: ReactNode;
  /** Beside the title, such as a time. */
  readonly aside?: ReactNode;
  readonly detail?: ReactNode;
  /** Beside the detail, such as a number. */
  readonly end?: ReactNode;
  readonly current?: boolean;
  /** Something in it is new. */
  readonly strong?: boolean;
  readonly mono?: boolean;
  /** A link or button that the whole row is; without one it is only shown. */
  readonly render?: ReactElement;
}

/** One thing of a list, in two lines. */
export function Row({ start, title, aside, detail, end, current, strong, mono, render }: RowProps) {
  return elementOf(render, "div", {
    className: classes(
      styles.row,
      render !== undefined && styles.active,
      current && styles.current,
      strong && styles.strong,
    ),
    "aria-current": current ? "true" : undefined,
    children: (
      <>
        {start}
        <span className={styles.text}>
          <span className={styles.line}>
            <span className={classes(styles.title, mono && styles.mono)} dir="auto">
              {title}
            </span>
            {aside === undefined ? null : <span className={styles.aside}>{aside}</span>}
          </span>
          {detail === undefined && end === undefined ? null : (
            <span className={styles.line}>
              <span className={styles.detail} dir="auto">
                {detail}
              </span>
              {end}
            </span>
          )}
        </span>
      </>
    ),
  });
}
