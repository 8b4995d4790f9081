import type { MessageView } from "@keypears/client";
import { memo } from "react";
import type { Resending } from "../../engine/messages.ts";
import type { Thread } from "../../engine/thread.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useTimes } from "../../parts/use-times.ts";
import { Bubble } from "../../ui/bubble.tsx";
import styles from "./message.module.css";
import { Text } from "./text.tsx";
import { sentenceOf, useDelivery } from "./use-delivery.tsx";

interface MessageProps {
  readonly message: MessageView;
  readonly thread: Thread;
  /** Where it has failed and is sent again. */
  readonly resending: Resending | undefined;
  readonly joinsBefore: boolean;
  readonly joinsAfter: boolean;
  readonly isNew: boolean;
}

/** One message: one look for each state and reason. */
export const Message = memo(function Message({
  message,
  thread,
  resending,
  joinsBefore,
  joinsAfter,
  isNew,
}: MessageProps) {
  const { message: text } = useInsideMessages();
  const times = useTimes();
  const delivery = useDelivery(message, resending, thread);
  const { direction, type, verified, missing, different } = message;
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
        {...(direction === "sent" ? delivery : {})}
        {...(verified
          ? {}
          : { unverified: true, reason: sentenceOf(text.unverified, message.reason) })}
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
