import type { BlockView } from "@keypears/client";
import { outcomeOf } from "../../engine/failure.ts";
import { useRead } from "../../engine/use-read.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useTimes } from "../../parts/use-times.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { useToast } from "../../ui/toast.tsx";
import { ReadCard } from "./read-card.tsx";
import styles from "./settings.module.css";

/** Whom one has blocked, and how to take that back. */
export function BlocksCard() {
  const { settings: text } = useInsideMessages();
  const mailbox = useMailbox();
  const failure = useFailure();
  const toast = useToast();
  const times = useTimes();
  const [read, again] = useRead(mailbox.listBlocks);

  async function unblock({ target }: BlockView): Promise<void> {
    const outcome = await outcomeOf(mailbox.unblock(target));
    toast(outcome.ok ? text.unblocked(target) : failure(outcome.reason), { error: !outcome.ok });
    again();
  }

  return (
    <Card title={text.blocks} description={text.blocksHelp}>
      <ReadCard read={read} onAgain={again}>
        {(blocks) =>
          blocks.length === 0 ? (
            <p className={styles.label}>{text.blocksEmpty}</p>
          ) : (
            <ul className={styles.list}>
              {blocks.map((block) => (
                <li key={block.target} className={styles.item}>
                  <div className={styles.text}>
                    <span className={styles.address} dir="ltr">
                      {block.target}
                    </span>
                    <span className={styles.label}>
                      {text.blockedSince(times.date(block.since))}
                    </span>
                  </div>
                  <Button
                    size="small"
                    label={text.unblockLabel(block.target)}
                    onClick={() => void unblock(block)}
                  >
                    {text.unblock}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </ReadCard>
    </Card>
  );
}
