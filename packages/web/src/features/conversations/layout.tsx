import type { ReactNode } from "react";
import { Outlet, useLocation } from "@tanstack/react-router";
import { classes } from "../../ui/classes.ts";
import { ConversationList } from "./conversation-list.tsx";
import styles from "./layout.module.css";
import { RequestList } from "./request-list.tsx";

/** The list and what is open beside it; on a phone one of the two. */
export function ConversationsLayout(): ReactNode {
  const { pathname } = useLocation();
  const isList = pathname === "/messages" || pathname === "/requests";
  return (
    <main
      id="content"
      tabIndex={-1}
      className={classes(styles.layout, !isList && styles.hasDetail)}
    >
      <div className={styles.list}>
        {pathname.startsWith("/requests") ? <RequestList /> : <ConversationList />}
      </div>
      <div className={styles.detail}>
        <Outlet />
      </div>
    </main>
  );
}
