/** What stands in a conversation from top to bottom: days, messages, what is on its way, and what happened to keys in between. */
import type { MessageView, RecordView } from "@keypears/client";
import type { Outgoing } from "../../engine/messages.ts";
import { dayOf } from "../../parts/time.ts";

export type FlowItem =
  | { readonly kind: "day"; readonly key: string; readonly time: number }
  | { readonly kind: "keys"; readonly key: string; readonly record: RecordView }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: MessageView;
      readonly joinsBefore: boolean;
      readonly joinsAfter: boolean;
    }
  | { readonly kind: "outgoing"; readonly key: string; readonly outgoing: Outgoing };

/** Messages of one person lean together when no more time than this lies between. */
const TOGETHER_MILLISECONDS = 5 * 60_000;

export function flowOf(
  messages: readonly MessageView[],
  outgoing: readonly Outgoing[],
  records: readonly RecordView[],
): readonly FlowItem[] {
  const items: FlowItem[] = [];
  // The first set of keys is how somebody begins; what came before the oldest message in sight is told when that is reached.
  const [oldest] = messages;
  const changes = records.filter(
    ({ number, createdAt }) => number > 1 && oldest !== undefined && createdAt >= oldest.receivedAt,
  );
  let day: number | null = null;
  function beginDay(time: number): void {
    const next = dayOf(time);
    // The order is that of arrival: a day that is over does not begin again because a clock lay behind.
    if (day !== null && next <= day) return;
    day = next;
    items.push({ kind: "day", key: `day-${next}`, time: next });
  }
  let told = 0;
  function tellKeys(until: number): void {
    for (let record = changes[told]; record !== undefined; record = changes[++told]) {
      if (record.createdAt > until) return;
      beginDay(record.createdAt);
      items.push({ kind: "keys", key: `keys-${record.number}`, record });
    }
  }
  for (const [index, message] of messages.entries()) {
    tellKeys(message.receivedAt);
    beginDay(message.receivedAt);
    items.push({
      kind: "message",
      key: `message-${message.revision}`,
      message,
      joinsBefore: joins(messages[index - 1], message),
      joinsAfter: joins(message, messages[index + 1]),
    });
  }
  tellKeys(Number.POSITIVE_INFINITY);
  for (const one of outgoing) {
    beginDay(one.since);
    items.push({ kind: "outgoing", key: `outgoing-${one.id}`, outgoing: one });
  }
  return items;
}

function joins(one: MessageView | undefined, next: MessageView | undefined): boolean {
  return (
    one !== undefined &&
    next !== undefined &&
    one.direction === next.direction &&
    dayOf(one.receivedAt) === dayOf(next.receivedAt) &&
    next.receivedAt - one.receivedAt <= TOGETHER_MILLISECONDS
  );
}
