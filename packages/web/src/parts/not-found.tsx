import type { ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import { useMessages } from "../messages/messages.ts";
import { Button } from "../ui/button.tsx";
import { SearchPicture } from "../ui/pictures.tsx";
import { EmptyState } from "../ui/state.tsx";
import styles from "./trouble.module.css";

/** A page that does not exist. */
export function NotFound(): ReactNode {
  const { notFound } = useMessages();
  return (
    <main id="content" tabIndex={-1} className={styles.page}>
      <EmptyState
        picture={<SearchPicture />}
        title={notFound.title}
        level={1}
        action={
          <Button look="primary" render={<Link to="/" />}>
            {notFound.action}
          </Button>
        }
      >
        {notFound.text}
      </EmptyState>
    </main>
  );
}
