import type { ConversationView } from "@keypears/client";
import { useStore } from "../../engine/store.ts";
import type { Thread } from "../../engine/thread.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Composer } from "../../ui/composer.tsx";
import { Ring } from "../../ui/ring.tsx";
import styles from "./conversation.module.css";

interface ComposeBoxProps {
  readonly thread: Thread;
  readonly conversation: ConversationView | undefined;
}

/** States of a contact in which nothing is sent (spec/4.5). */
const STOPPED = new Set(["reset", "fork", "shorter", "revoked"]);

/** Where one writes; the work of the next message is done while one does. */
export function ComposeBox({ thread, conversation }: ComposeBoxProps) {
  const { conversation: text } = useInsideMessages();
  const { peer, draft } = thread;
  const value = useStore(draft);
  const ahead = useStore(thread.ahead);
  const quote = useStore(thread.quote);
  const { contact } = useStore(thread.contact);
  const speed = useStore(useEngine().speed);
  const isStopped = contact !== null && STOPPED.has(contact.state);

  const isFirst = quote?.purpose === "first-contact";
  const note =
    conversation?.blocked === true
      ? text.blocked(peer)
      : isFirst
        ? text.firstContact(peer, speed === null ? null : quote.difficulty / speed)
        : undefined;

  return (
    <div className={styles.bottom}>
      <Composer
        label={text.composer(peer)}
        placeholder={text.placeholder}
        sendLabel={text.send}
        value={value}
        onChange={(next) => {
          draft.set(next);
          if (next !== "") thread.workAhead();
        }}
        onSend={() => {
          thread.send(value);
          draft.set("");
        }}
        onFocus={() => thread.workAhead()}
        disabled={isStopped}
        autoFocus={matchMedia("(pointer: fine)").matches}
        progress={
          ahead === null ? undefined : (
            <Ring
              done={ahead.parts}
              working={!ahead.isDone}
              label={text.ahead}
              valueText={text.aheadValue(ahead.parts)}
              size={20}
            />
          )
        }
        note={note}
      />
    </div>
  );
}
