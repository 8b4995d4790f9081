import type { ReactNode } from "react";
import styles from "./state.module.css";

interface StateProps {
  /** A small picture. */
  readonly picture?: ReactNode;
  readonly title: string;
  /** 1 where it is all that a page has. */
  readonly level?: 1 | 2;
  readonly children?: ReactNode;
  /** The one next step. */
  readonly action?: ReactNode;
}

/** A place without anything in it yet: what it is for, and the one next step. */
export function EmptyState({ picture, title, level = 2, children, action }: StateProps) {
  return (
    <div className={styles.state}>
      {picture}
      <Title level={level}>{title}</Title>
      {children === undefined ? null : <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}

/** What could not be done: a sentence, and what to do now. Read out as soon as it stands there. */
export function ErrorState({ picture, title, level = 2, children, action }: StateProps) {
  return (
    <div className={styles.state} role="alert">
      {picture}
      <Title level={level}>{title}</Title>
      {children === undefined ? null : <div className={styles.text}>{children}</div>}
      {action}
    </div>
  );
}

function Title({ level, children }: { level: 1 | 2; children: string }) {
  const Heading = level === 1 ? "h1" : "h2";
  return <Heading className={styles.title}>{children}</Heading>;
}
