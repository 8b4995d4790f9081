import type { MessageView } from "@keypears/client";
import { domainOf } from "@keypears/protocol";
import type { ReactNode } from "react";
import type { Resending } from "../../engine/messages.ts";
import type { Thread } from "../../engine/thread.ts";
import { useSeconds } from "../../engine/use-work-time.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { isFault, useFault } from "../../parts/way.tsx";
import type { BubbleAction, BubbleState } from "../../ui/bubble.tsx";
import { WorkRing } from "./work-ring.tsx";

/** How a message that the server has taken fares, as its bubble shows it. */
interface Delivery {
  readonly state: {
    readonly value: BubbleState;
    readonly label: string;
    readonly step?: 1 | 2 | 3 | undefined;
  };
  readonly progress?: ReactNode;
  readonly reason?: string;
  readonly actions?: readonly BubbleAction[];
}

/** The steps of a delivery (spec/9.2) as dots. */
const DOTS: Readonly<Record<string, 1 | 2 | 3>> = { queued: 1, notified: 2, pulled: 3 };

/** How far what one sent has come, what is in its way, and what can be done. */
export function useDelivery(
  message: MessageView,
  resending: Resending | undefined,
  thread: Thread,
): Delivery {
  const { message: text, work } = useInsideMessages();
  const faultOf = useFault();
  const failure = useFailure();
  const difficulty = resending?.difficulty ?? null;
  const seconds = useSeconds(difficulty);
  const { state, step, reason } = message;
  const domain = domainOf(message.peer);

  if (state === "delivered") return { state: { value: state, label: text.states.delivered } };
  if (state === "pending") {
    const steps: Readonly<Record<string, string>> = text.steps;
    const label = steps[step ?? ""] ?? text.states.pending;
    const why = reason === null ? null : faultOf(reason, domain).what;
    return {
      state: { value: state, label, step: DOTS[step ?? ""] },
      ...(why === null ? {} : { reason: text.onItsWay(why) }),
    };
  }
  if (resending !== undefined && resending.progress !== null) {
    return {
      state: { value: "pending", label: text.sendingAgain },
      progress: <WorkRing progress={resending.progress} label={work.label} size={14} />,
    };
  }

  // Why it failed at last: on its way, or when it was sent again.
  const last = resending ?? { failure: reason, fault: isFault(reason) ? reason : null };
  const why =
    last.fault !== null
      ? inWords(faultOf(last.fault, domain))
      : resending === undefined
        ? sentenceOf(text.undelivered, reason)
        : failure(last.failure ?? "other");
  const isLate = resending === undefined && last.fault !== null;
  return {
    state: { value: state, label: text.states.failed },
    reason: isLate ? text.notDeliveredInTime(why) : text.notDelivered(why),
    actions: [
      {
        label: difficulty === null ? text.again : text.anyway(seconds),
        onClick: () => void thread.resend(message, difficulty ?? undefined),
      },
    ],
  };
}

function inWords({ what, todo }: { readonly what: string; readonly todo: string }): string {
  return `${what} ${todo}`;
}

/** The sentence for a reason, or the one for all others. */
export function sentenceOf(
  sentences: Readonly<Record<string, string>> & { readonly other: string },
  reason: string | null,
): string {
  return reason !== null && Object.hasOwn(sentences, reason)
    ? (sentences[reason] ?? sentences.other)
    : sentences.other;
}
