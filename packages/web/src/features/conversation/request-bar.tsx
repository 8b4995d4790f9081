import type { Address } from "@keypears/protocol";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useToast } from "../../ui/toast.tsx";
import { BlockDialog } from "./block-dialog.tsx";
import styles from "./conversation.module.css";

/** In place of the composer, where a stranger waits: let them in, delete what they wrote, or block them. */
export function RequestBar({ peer }: { peer: Address }) {
  const { app, conversation: text } = useInsideMessages();
  const mailbox = useMailbox();
  const navigate = useNavigate();
  const failure = useFailure();
  const toast = useToast();
  const [open, setOpen] = useState<"decline" | "block" | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function accept(): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(mailbox.accept(peer));
    setIsBusy(false);
    if (outcome.ok) await navigate({ to: "/messages/$peer", params: { peer } });
    else toast(failure(outcome.reason), { error: true });
  }

  async function decline(): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(mailbox.decline(peer));
    setIsBusy(false);
    setOpen(null);
    if (outcome.ok) {
      toast(text.declined);
      await navigate({ to: "/requests" });
    } else {
      toast(failure(outcome.reason), { error: true });
    }
  }

  return (
    <div className={styles.bottom}>
      <div className={styles.request}>
        <p>{text.request(peer)}</p>
        <div className={styles.choices}>
          <Button look="primary" busy={isBusy} onClick={() => void accept()}>
            {text.accept}
          </Button>
          <Button onClick={() => setOpen("decline")}>{text.decline}</Button>
          <Button look="plain" onClick={() => setOpen("block")}>
            {text.block}
          </Button>
        </div>
      </div>
      <Dialog
        open={open === "decline"}
        onOpenChange={(next) => next || setOpen(null)}
        title={text.declineTitle}
        description={text.declineText(peer)}
        closeLabel={app.close}
        actions={
          <>
            <Button onClick={() => setOpen(null)}>{text.cancel}</Button>
            <Button look="danger" busy={isBusy} onClick={() => void decline()}>
              {text.decline}
            </Button>
          </>
        }
      />
      <BlockDialog peer={peer} open={open === "block"} onClose={() => setOpen(null)} />
    </div>
  );
}
