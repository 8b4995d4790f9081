import { useStore } from "../../engine/store.ts";
import type { Outgoing } from "../../engine/messages.ts";
import type { Thread } from "../../engine/thread.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useTimes } from "../../parts/use-times.ts";
import { Bubble } from "../../ui/bubble.tsx";
import { Ring } from "../../ui/ring.tsx";
import { Text } from "./text.tsx";

/** What was sent and the server has not taken yet: its work in a ring, or why it did not get there. */
export function OutgoingMessage({ outgoing, thread }: { outgoing: Outgoing; thread: Thread }) {
  const { message: text, ring, work } = useInsideMessages();
  const failure = useFailure();
  const times = useTimes();
  const speed = useStore(useEngine().speed);
  const { id, progress, failure: code, difficulty } = outgoing;
  // Out of reach is no failure: it goes by itself as soon as the server is back.
  const isWaiting = code === "unreachable";
  const isFailed = code !== null && !isWaiting;
  const seconds = difficulty === null || speed === null ? null : difficulty / speed;
  return (
    <Bubble
      side="sent"
      author={text.you}
      time={times.clock(outgoing.since)}
      state={
        isFailed
          ? { value: "failed", label: text.states.failed }
          : { value: "pending", label: isWaiting ? text.waiting : text.sending }
      }
      progress={
        isWaiting ? undefined : (
          <Ring
            done={progress.parts}
            working
            label={work.label}
            valueText={ring.value(progress.parts)}
            size={14}
          />
        )
      }
      reason={isFailed ? text.notSent(failure(code)) : isWaiting ? text.waitingWhy : undefined}
      actions={
        isFailed
          ? [
              {
                label: code === "too_expensive" ? text.anyway(seconds) : text.again,
                onClick: () => thread.retry(id, difficulty ?? undefined),
              },
              { label: text.discard, onClick: () => thread.discard(id) },
            ]
          : isWaiting
            ? [{ label: text.discard, onClick: () => thread.discard(id) }]
            : undefined
      }
      isNew
    >
      <Text text={outgoing.text} />
    </Bubble>
  );
}
