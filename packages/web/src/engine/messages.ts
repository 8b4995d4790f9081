/** The messages of one conversation as a screen holds them: in order of arrival, none twice; and those that are on their way. */
import type { MessageView, Progress } from "@keypears/client";

/** What somebody has sent and the server has not taken yet. */
export interface Outgoing {
  /** Its own, within this page. */
  readonly key: string;
  readonly text: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly since: number;
  readonly progress: Progress;
  /** The code of why it failed, or null while it is on its way. */
  readonly failure: string | null;
  /** The price in hashes where it failed as `too_expensive`. */
  readonly difficulty: number | null;
}

/**
 * Messages with others merged in: one that has changed takes the place of what it was; the order is that of arrival. Both lists are
 * in that order.
 */
export function mergeMessages(
  known: readonly MessageView[],
  more: readonly MessageView[],
): readonly MessageView[] {
  const [first] = more;
  if (first === undefined) return known;
  const last = known.at(-1);
  // What is new comes at the end, nearly always.
  if (last === undefined || last.revision < first.revision) return [...known, ...more];
  const merged: MessageView[] = [];
  let at = 0;
  for (const message of more) {
    for (; at < known.length; at++) {
      const old = known[at];
      if (old === undefined || old.revision >= message.revision) break;
      merged.push(old);
    }
    const old = known[at];
    if (old?.revision === message.revision) {
      at++;
      merged.push(old.changed > message.changed ? old : message);
    } else {
      merged.push(message);
    }
  }
  return [...merged, ...known.slice(at)];
}

/**
 * What is still on its way once these messages are known to be stored. A message that came through although its sending failed, or
 * that the event stream told of before the sending had its answer, is told by its text: each stored one settles the first of its text.
 */
export function withoutStored(
  outgoing: readonly Outgoing[],
  stored: readonly MessageView[],
): readonly Outgoing[] {
  let left = outgoing;
  for (const { direction, text, receivedAt } of stored) {
    if (direction !== "sent") continue;
    const index = left.findIndex(
      (one) => one.text === text && receivedAt >= one.since - CLOCKS_DIFFER_MILLISECONDS,
    );
    if (index !== -1) left = left.filter((_, at) => at !== index);
  }
  return left;
}

/** How far the clocks of a device and a server may lie apart (spec/6.1). */
const CLOCKS_DIFFER_MILLISECONDS = 5 * 60_000;
