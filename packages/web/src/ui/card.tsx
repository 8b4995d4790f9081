import type { ReactNode } from "react";
import styles from "./card.module.css";

interface CardProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly children?: ReactNode;
}

/** Things that belong together, on a ground of their own. */
export function Card({ title, description, children }: CardProps) {
  return (
    <section className={styles.card}>
      {title === undefined ? null : <h2 className={styles.title}>{title}</h2>}
      {description === undefined ? null : <p className={styles.description}>{description}</p>}
      {children}
    </section>
  );
}
