/** The messages of one conversation as a screen holds them: in order of arrival, none twice; and those that are on their way. */
import type { MessageView, Progress } from "@keypears/client";
import type { Id } from "@keypears/protocol";

/** What somebody has sent and the server has not taken yet. */
export interface Outgoing {
  /** What the message is and will be called: sent twice, it arrives once. */
  readonly id: Id;
  readonly text: string;
  /** When it was sent, in milliseconds since 1970. */
  readonly since: number;
  readonly progress: Progress;
  /** The code of why it failed, or null while it is on its way. */
  readonly failure: string | null;
  /** What is in the way to the other domain, where that is why. */
  readonly fault: string | null;
  /** The price in hashes where it failed as `too_expensive`. */
  readonly difficulty: number | null;
}

/** A message that failed on its way to another domain, and is sent again: by its author's word, or by itself. */
export interface Resending {
  /** Null once that is over. */
  readonly progress: Progress | null;
  /** The code of why it was in vain, and what is in the way to the other domain where that is why. */
  readonly failure: string | null;
  readonly fault: string | null;
  /** The price in hashes where it failed as `too_expensive`. */
  readonly difficulty: number | null;
}

/** Whether it goes by itself as soon as something is back: one's own server, or the other domain. That is no failure. */
export function isWaiting({ failure }: Pick<Outgoing, "failure">): boolean {
  return failure === "unreachable" || failure === "domain_unreachable";
}

/** Whether nobody else has any of it yet, so that it can be taken back. */
export function isRecallable({
  failure,
  progress,
}: Pick<Outgoing, "failure" | "progress">): boolean {
  return failure === null && progress.stage !== "sending";
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

/** What is still on its way once these messages are known to be stored, whether its sending had an answer or not. */
export function withoutStored(
  outgoing: readonly Outgoing[],
  stored: readonly MessageView[],
): readonly Outgoing[] {
  if (outgoing.length === 0) return outgoing;
  const sent = new Set(stored.filter(({ direction }) => direction === "sent").map(({ id }) => id));
  return outgoing.filter(({ id }) => !sent.has(id));
}
