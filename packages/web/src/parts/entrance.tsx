import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMessages } from "../messages/messages.ts";
import { Mark } from "../ui/mark.tsx";
import styles from "./entrance.module.css";

interface EntranceProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
  /** Below the card: the way to the other entrance. */
  readonly other: ReactNode;
}

/** The pages that lead in: one card in the middle, the way home above it, the other way below. */
export function Entrance({ title, lead, children, other }: EntranceProps) {
  return (
    <EntrancePage other={other}>
      <div className={styles.head}>
        <h1 className={styles.title}>{title}</h1>
        {lead === undefined ? null : <p className={styles.lead}>{lead}</p>}
      </div>
      {children}
    </EntrancePage>
  );
}

/** The same with another heading: whatever stands in the card. */
export function EntrancePage({ children, other }: Pick<EntranceProps, "children" | "other">) {
  const { app } = useMessages();
  return (
    <div className={styles.page}>
      <header>
        <Link to="/" className={styles.brand}>
          <Mark size={32} />
          {app.name}
        </Link>
      </header>
      <main id="content" tabIndex={-1} className={styles.main}>
        <div className={styles.card}>{children}</div>
        <p className={styles.other}>{other}</p>
      </main>
    </div>
  );
}
