import { ShieldAlert } from "lucide-react";
import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import { useStore } from "../../engine/store.ts";
import type { Thread } from "../../engine/thread.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./conversation.module.css";

/** Stands there while the keys of the other end keep one from writing (spec/4.5). */
export function KeyBanner({ thread }: { thread: Thread }) {
  const { conversation: text } = useInsideMessages();
  const failure = useFailure();
  const toast = useToast();
  const { contact } = useStore(thread.contact);
  const [isBusy, setIsBusy] = useState(false);
  const sentences: Partial<Record<string, string>> = {
    reset: text.keysReset(thread.peer),
    fork: text.keysFork(thread.peer),
    shorter: text.keysShorter(thread.peer),
    revoked: text.keysRevoked(thread.peer),
  };
  const sentence = contact === null ? undefined : sentences[contact.state];
  if (sentence === undefined) return null;

  async function acknowledge(): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(thread.acknowledge());
    setIsBusy(false);
    if (!outcome.ok) toast(failure(outcome.reason), { error: true });
  }

  return (
    <div className={styles.banner}>
      <Banner
        look="danger"
        icon={<ShieldAlert aria-hidden />}
        urgent
        action={
          contact?.state === "reset" ? (
            <Button size="small" busy={isBusy} onClick={() => void acknowledge()}>
              {text.acknowledge}
            </Button>
          ) : undefined
        }
      >
        {sentence}
      </Banner>
    </div>
  );
}
