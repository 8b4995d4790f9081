import type { ReactNode } from "react";
import { useInsideMessages } from "../../messages/inside.ts";
import { AccountCard } from "./account-card.tsx";
import { AppearanceCard } from "./appearance-card.tsx";
import { BlocksCard } from "./blocks-card.tsx";
import { PricesCard } from "./prices-card.tsx";
import { SessionsCard } from "./sessions-card.tsx";
import { WorkCard } from "./work-card.tsx";
import styles from "./settings.module.css";

/** What one can set, on one page. */
export function Settings(): ReactNode {
  const { settings } = useInsideMessages();
  return (
    <main id="content" tabIndex={-1} className={styles.page}>
      <div className={styles.content}>
        <h1 className={styles.title}>{settings.title}</h1>
        <AccountCard />
        <AppearanceCard />
        <PricesCard />
        <WorkCard />
        <SessionsCard />
        <BlocksCard />
      </div>
    </main>
  );
}
