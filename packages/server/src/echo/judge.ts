/** What becomes of a message that has come, and of an answer that could not be given: facts in, decision out. */
import {
  ApiError,
  ClientError,
  type ClientErrorCode,
  type ErrorCode,
  type MessageView,
} from "@keypears/client";
import {
  type Address,
  type Hash,
  type Id,
  frame,
  idBytes,
  makeId,
  sha256,
} from "@keypears/protocol";

/** `later`: what is missing may come; `reset`: by keys that were not known, to be looked at first. */
export type Verdict = "answer" | "later" | "reset" | "never";

/**
 * Whether a message is answered: a genuine text that refers to no other. Every answer refers to what it answers, so that two
 * echo accounts say nothing to each other: an answer is never answered.
 */
export function judge(
  message: Pick<MessageView, "direction" | "type" | "verified" | "reason" | "ref">,
): Verdict {
  const { direction, type, verified, reason, ref } = message;
  if (direction !== "received") return "never";
  if (!verified) {
    if (reason === "keys_unknown" || reason === "keys_shorter") return "later";
    return reason === "keys_reset" ? "reset" : "never";
  }
  return type === "text" && ref === null ? "answer" : "never";
}

/**
 * The id of the answer to a message: the same whenever that is answered, so that an answer which was sent before a crash, and
 * is sent again after it, arrives once (spec/6.6).
 */
export async function answerId(message: {
  readonly peer: Address;
  readonly id: Id;
  readonly receivedAt: number;
}): Promise<Id> {
  const { peer, id, receivedAt } = message;
  const hash: Hash = await sha256(frame("keypears/v1/echo-answer", peer, idBytes(id)));
  return makeId(receivedAt, hash.subarray(0, 10));
}

/** What may be over in a while: a server that is out of reach or busy, keys that are missing, a session that has ended. */
const passing: readonly (ErrorCode | ClientErrorCode)[] = [
  ...(["unreachable", "bad_answer", "keys_shorter", "clock"] as const),
  ...(["domain_unreachable", "busy", "rate_limited", "internal", "misdirected"] as const),
  ...(["new_challenge", "work_spent", "work_refused", "work_in_progress"] as const),
  ...(["stale_key", "stale_sender_key", "not_ready"] as const),
  ...(["unauthenticated", "not_logged_in", "locked", "own_keys_changed"] as const),
];

/** Why an answer will never be given; null where it is worth trying again. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof ApiError) && !(error instanceof ClientError)) return null;
  return passing.includes(error.code) ? null : error.code;
}
