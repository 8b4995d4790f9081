import type { ReactNode } from "react";
import styles from "./list-page.module.css";

interface ListPageProps {
  readonly title: string;
  readonly start?: ReactNode;
  readonly end?: ReactNode;
  readonly children: ReactNode;
}

/** A list with its heading, which scrolls by itself. */
export function ListPage({ title, start, end, children }: ListPageProps) {
  return (
    <section className={styles.page} aria-label={title}>
      <header className={styles.head}>
        {start}
        <h1 className={styles.title}>{title}</h1>
        {end}
      </header>
      <div className={styles.scroll}>{children}</div>
    </section>
  );
}
