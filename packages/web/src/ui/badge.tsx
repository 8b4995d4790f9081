import { classes } from "./classes.ts";
import styles from "./badge.module.css";
import { VisuallyHidden } from "./visually-hidden.tsx";

interface BadgeProps {
  readonly value: number;
  /** The number in words, such as "3 unread messages". */
  readonly label: string;
  readonly quiet?: boolean;
}

/** A number that wants to be seen. */
export function Badge({ value, label, quiet }: BadgeProps) {
  return (
    <span className={classes(styles.badge, quiet && styles.quiet)}>
      <span aria-hidden>{value > 99 ? "99+" : value}</span>
      <VisuallyHidden>{label}</VisuallyHidden>
    </span>
  );
}
