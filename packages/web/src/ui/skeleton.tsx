import { classes } from "./classes.ts";
import styles from "./skeleton.module.css";

/** The shape of what is coming. It stays invisible for 150 ms, since most things are there by then. */
export function Skeleton({ shape = "line" }: { shape?: "line" | "short" | "block" | "circle" }) {
  return <span aria-hidden className={classes(styles.skeleton, styles[shape])} />;
}

/** A list that is coming: rows with a face and two lines. `label` says so to those who listen. */
export function SkeletonRows({ count, label }: { count: number; label: string }) {
  return (
    <div role="status" aria-label={label} className={styles.rows}>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className={styles.row}>
          <Skeleton shape="circle" />
          <div className={styles.lines}>
            <Skeleton shape="short" />
            <Skeleton />
          </div>
        </div>
      ))}
    </div>
  );
}
