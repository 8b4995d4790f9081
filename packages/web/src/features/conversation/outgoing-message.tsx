import { domainOf } from "@keypears/protocol";
import { isRecallable, isWaiting } from "../../engine/messages.ts";
import type { Outgoing } from "../../engine/messages.ts";
import type { Thread } from "../../engine/thread.ts";
import { useSeconds, useSecondsLeft } from "../../engine/use-work-time.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useTimes } from "../../parts/use-times.ts";
import { useFault } from "../../parts/way.tsx";
import { Bubble } from "../../ui/bubble.tsx";
import type { BubbleAction } from "../../ui/bubble.tsx";
import { Text } from "./text.tsx";
import { WorkRing } from "./work-ring.tsx";

interface OutgoingMessageProps {
  readonly outgoing: Outgoing;
  readonly thread: Thread;
  /** Whether one of those before it waits, which none overtakes. */
  readonly isHeld: boolean;
}

/** What was sent and the server has not taken yet: its work in a ring, what it waits for, or why it did not get there. */
export function OutgoingMessage({ outgoing, thread, isHeld }: OutgoingMessageProps) {
  const { message: text, work } = useInsideMessages();
  const times = useTimes();
  const isFailed = outgoing.failure !== null && !isWaiting(outgoing);
  const { label, ...rest } = useLook(outgoing, thread, isHeld);
  return (
    <Bubble
      side="sent"
      author={text.you}
      time={times.clock(outgoing.since)}
      state={{ value: isFailed ? "failed" : "pending", label }}
      progress={
        outgoing.failure === null && !isHeld ? (
          <WorkRing progress={outgoing.progress} label={work.label} size={14} />
        ) : undefined
      }
      {...rest}
      isNew
    >
      <Text text={outgoing.text} />
    </Bubble>
  );
}

/** Work of so many seconds is told in words, with a way back. */
const LONG_SECONDS = 2;

interface Look {
  readonly label: string;
  readonly reason?: string;
  readonly actions?: readonly BubbleAction[];
}

function useLook(outgoing: Outgoing, thread: Thread, isHeld: boolean): Look {
  const { message: text } = useInsideMessages();
  const failure = useFailure();
  const faultOf = useFault();
  const { id, failure: code, fault, difficulty } = outgoing;
  const seconds = useSeconds(difficulty);
  const left = useSecondsLeft(isRecallable(outgoing) ? outgoing.progress : null);
  const again = { label: text.again, onClick: () => thread.retry(id) };
  const discard = { label: text.discard, onClick: () => thread.discard(id) };
  switch (code) {
    case null: {
      const label = isHeld ? text.waitingBehind : text.sending;
      if (isHeld || left === null || left < LONG_SECONDS) return { label };
      const takeBack = { label: text.takeBack, onClick: () => thread.takeBack(id) };
      return { label, reason: text.working(left), actions: [takeBack] };
    }
    // Out of reach is no failure: it goes by itself as soon as the server or the other domain is back.
    case "unreachable":
      return { label: text.waiting, reason: text.waitingWhy, actions: [discard] };
    case "domain_unreachable": {
      const domain = domainOf(thread.peer);
      const reason = text.waitingForWhy(faultOf(fault, domain).what);
      return { label: text.waitingFor(domain), reason, actions: [again, discard] };
    }
    case "too_expensive": {
      const anyway = {
        label: text.anyway(seconds),
        onClick: () => thread.retry(id, difficulty ?? undefined),
      };
      const reason = text.notSent(failure(code));
      return { label: text.states.failed, reason, actions: [anyway, discard] };
    }
    default: {
      const reason = text.notSent(failure(code));
      return { label: text.states.failed, reason, actions: [again, discard] };
    }
  }
}
