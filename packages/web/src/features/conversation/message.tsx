import type { MessageView } from "@keypears/client";
import { memo } from "react";
import { useInsideMessages } from "../../messages/inside.ts";
import { useTimes } from "../../parts/use-times.ts";
import { Bubble } from "../../ui/bubble.tsx";
import styles from "./message.module.css";
import { Text } from "./text.tsx";

interface MessageProps {
  readonly message: MessageView;
  readonly joinsBefore: boolean;
  readonly joinsAfter: boolean;
  readonly isNew: boolean;
}

/** One message: one look for each state and reason. */
export const Message = memo(function Message({
  message,
  joinsBefore,
  joinsAfter,
  isNew,
}: MessageProps) {
  const { message: text } = useInsideMessages();
  const times = useTimes();
  const { direction, type, state, verified, missing, different } = message;
  const time = message.sentAt ?? message.receivedAt;
  return (
    <>
      {missing.length > 0 ? <p className={styles.gap}>{text.missing(missing.length)}</p> : null}
      {different.length > 0 ? <p className={styles.gap}>{text.different}</p> : null}
      <Bubble
        side={direction}
        author={direction === "sent" ? text.you : text.from(message.from)}
        time={times.clock(time)}
        fullTime={times.full(time)}
        {...(direction === "sent" ? { state: { value: state, label: text.states[state] } } : {})}
        unverified={!verified}
        reason={useReason(message)}
        joinsBefore={joinsBefore}
        joinsAfter={joinsAfter}
        isNew={isNew}
      >
        {type === "text" ? (
          <Text text={message.text ?? ""} />
        ) : (
          <span className={styles.absent}>{text[type]}</span>
        )}
      </Bubble>
    </>
  );
});

/** Why it is not genuine, or did not arrive; nothing where all is well. */
function useReason({ verified, reason, state, direction }: MessageView): string | undefined {
  const { message: text } = useInsideMessages();
  if (!verified) return sentence(text.unverified, reason);
  if (direction === "sent" && state === "failed") {
    return text.notDelivered(sentence(text.undelivered, reason));
  }
  return undefined;
}

function sentence(sentences: Readonly<Record<string, string>>, reason: string | null): string {
  return sentences[reason ?? "other"] ?? sentences["other"] ?? "";
}
