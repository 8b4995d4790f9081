import type { ConversationView } from "@keypears/client";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Ban, EllipsisVertical, Info, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import { useStore } from "../../engine/store.ts";
import type { Thread } from "../../engine/thread.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { BackIcon } from "../../ui/back-icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Menu } from "../../ui/menu.tsx";
import { useToast } from "../../ui/toast.tsx";
import { BlockDialog } from "./block-dialog.tsx";
import styles from "./conversation.module.css";
import { InfoDialog } from "./info-dialog.tsx";

interface HeaderProps {
  readonly thread: Thread;
  readonly conversation: ConversationView | undefined;
  readonly isRequest: boolean;
}

/** Who it is, whether that was verified, and what else can be done. */
export function Header({ thread, conversation, isRequest }: HeaderProps) {
  const { app, conversation: text } = useInsideMessages();
  const { peer } = thread;
  const { contact } = useStore(thread.contact);
  const mailbox = useMailbox();
  const failure = useFailure();
  const toast = useToast();
  const [open, setOpen] = useState<"info" | "block" | null>(null);
  const isBlocked = conversation?.blocked === true;

  async function unblock(): Promise<void> {
    const outcome = await outcomeOf(mailbox.unblock(peer));
    if (!outcome.ok) toast(failure(outcome.reason), { error: true });
  }

  return (
    <header className={styles.header}>
      <span className={styles.back}>
        <IconButton label={app.back} render={<Link to={isRequest ? "/requests" : "/messages"} />}>
          <BackIcon>
            <ArrowLeft aria-hidden />
          </BackIcon>
        </IconButton>
      </span>
      <Avatar address={peer} />
      <div className={styles.who}>
        <h1 className={styles.peer} dir="ltr">
          {peer}
        </h1>
        {contact?.verified === true ? (
          <span className={styles.trust}>
            <ShieldCheck aria-hidden />
            {text.verified}
          </span>
        ) : null}
      </div>
      <Menu
        trigger={
          <IconButton label={text.menu}>
            <EllipsisVertical aria-hidden />
          </IconButton>
        }
        groups={[
          [{ label: text.info, icon: <Info aria-hidden />, onSelect: () => setOpen("info") }],
          [
            isBlocked
              ? { label: text.unblock, icon: <Ban aria-hidden />, onSelect: () => void unblock() }
              : {
                  label: text.block,
                  icon: <Ban aria-hidden />,
                  danger: true,
                  onSelect: () => setOpen("block"),
                },
          ],
        ]}
      />
      <InfoDialog thread={thread} open={open === "info"} onClose={() => setOpen(null)} />
      <BlockDialog peer={peer} open={open === "block"} onClose={() => setOpen(null)} />
    </header>
  );
}
