import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import type { ListName } from "../../engine/mailbox.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Button } from "../../ui/button.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./list-page.module.css";

/** Reads the next page of a list. */
export function MoreButton({ list }: { list: ListName }) {
  const { conversations } = useInsideMessages();
  const mailbox = useMailbox();
  const failure = useFailure();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  async function load(): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(mailbox.loadMore(list));
    setIsBusy(false);
    if (!outcome.ok) toast(failure(outcome.reason), { error: true });
  }
  return (
    <div className={styles.more}>
      <Button size="small" busy={isBusy} onClick={() => void load()}>
        {conversations.more}
      </Button>
    </div>
  );
}
