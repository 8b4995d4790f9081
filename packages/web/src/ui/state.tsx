import type { ReactNode } from "react";
import styles from "./state.module.css";

interface StateProps {
  /** A small picture. */
  readonly picture?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  /** The one next step. */
  readonly action?: ReactNode;
}

/** A place without anything in it yet: what it is for, and the one next step. */
export function EmptyState({ picture, title, children, action }: StateProps) {
  return (
    <div className={styles.state}>
      {picture}
      <h2 className={styles.title}>{title}</h2>
      {children === undefined ? null : <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}

/** What could not be done: a sentence, and what to do now. Read out as soon as it stands there. */
export function ErrorState({ picture, title, children, action }: StateProps) {
  return (
    <div className={styles.state} role="alert">
      {picture}
      <h2 className={styles.title}>{title}</h2>
      {children === undefined ? null : <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}
