import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./banner.module.css";

interface BannerProps {
  readonly look: "notice" | "warning" | "danger" | "good";
  readonly icon?: ReactNode;
  readonly children: ReactNode;
  readonly action?: ReactNode;
  /** Read out at once; otherwise when there is time. */
  readonly urgent?: boolean;
}

/** Something that holds for the whole place below it: offline, reconnecting, a key that changed. */
export function Banner({ look, icon, children, action, urgent }: BannerProps) {
  return (
    <div className={classes(styles.banner, styles[look])} role={urgent ? "alert" : "status"}>
      {icon}
      <div className={styles.text}>{children}</div>
      {action}
    </div>
  );
}
