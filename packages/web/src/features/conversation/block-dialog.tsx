import type { Address } from "@keypears/protocol";
import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useToast } from "../../ui/toast.tsx";

interface BlockDialogProps {
  readonly peer: Address;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Asks once before somebody is blocked, and says what that means. */
export function BlockDialog({ peer, open, onClose }: BlockDialogProps) {
  const { app, conversation: text } = useInsideMessages();
  const mailbox = useMailbox();
  const failure = useFailure();
  const toast = useToast();
  const [isBusy, setIsBusy] = useState(false);
  async function block(): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(mailbox.block(peer));
    setIsBusy(false);
    onClose();
    if (outcome.ok) toast(text.didBlock(peer));
    else toast(failure(outcome.reason), { error: true });
  }
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => next || onClose()}
      title={text.blockTitle(peer)}
      description={text.blockText}
      closeLabel={app.close}
      actions={
        <>
          <Button onClick={onClose}>{text.cancel}</Button>
          <Button look="danger" busy={isBusy} onClick={() => void block()}>
            {text.block}
          </Button>
        </>
      }
    />
  );
}
