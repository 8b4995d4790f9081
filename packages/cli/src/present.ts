/** Messages and conversations as the command line prints them. */
import type { ConversationView, MessageView } from "@keypears/client";
import { wayOf } from "./hops.ts";
import { localTime, printable } from "./output.ts";

/** A line of `read --json`, as docs/guides/use-it.md lists its members. */
export function messageLine(message: MessageView): Record<string, unknown> {
  const { id, from, to, type, text, sentAt, receivedAt, direction, state, step } = message;
  const { verified, reason, declared, ref, deleteAfter, missing, revision } = message;
  return {
    id,
    from,
    to,
    type,
    text,
    sentAt,
    receivedAt,
    direction,
    state,
    verified,
    reason,
    ...(step === null ? {} : { step }),
    ...(declared === null ? {} : { declared }),
    ...(ref === null ? {} : { ref }),
    ...(deleteAfter === null ? {} : { deleteAfter }),
    ...(missing.length === 0 ? {} : { missing }),
    revision,
  };
}

/** A message for a person: time, sender, text, and what is not as it should be. */
export function messageText(message: MessageView): string {
  const { from, receivedAt, state, reason, verified } = message;
  const way = wayOf(message);
  const marks = [
    ...(verified ? [] : [`NOT VERIFIED: ${reason ?? "unknown"}`]),
    ...(way === null ? [] : [state === "failed" ? `NOT DELIVERED: ${way}` : way]),
    ...(message.missing.length > 0 ? [`${message.missing.length} earlier not received`] : []),
  ];
  const after = marks.length === 0 ? "" : `  [${marks.join("; ")}]`;
  return `${localTime(receivedAt)}  ${from}: ${bodyOf(message)}${after}`;
}

/** What a person is told of a message that was just sent. */
export function sentText(message: MessageView): string {
  if (message.state === "delivered") return "Delivered.";
  const way = wayOf(message);
  return message.state === "pending" ? `On its way: ${way}.` : `Failed: ${way}.`;
}

/** How a message of one's own fares since it was shown. */
export function fateText(message: MessageView): string {
  const fate = { pending: "on its way", delivered: "delivered", failed: "NOT DELIVERED" };
  const way = wayOf(message);
  const body = firstLine(bodyOf(message));
  return `"${body}": ${fate[message.state]}${way === null ? "" : `, ${way}`}`;
}

function bodyOf({ type, text, declared, reason }: MessageView): string {
  switch (type) {
    case "text":
      return printable(text ?? "");
    case "unknown":
      return `(a message of type "${printable(declared ?? "")}": needs a newer version)`;
    case "locked":
      return "(written to an earlier key set, which is not open on this device)";
    case "erased":
      return "(deleted after its time)";
    case "unreadable":
      return `(cannot be read: ${reason ?? "unknown"})`;
  }
}

/** A line of `inbox --json` and `requests --json`. */
export function conversationLine(conversation: ConversationView): Record<string, unknown> {
  const { peer, accepted, blocked, waiting, unread, last } = conversation;
  return {
    address: peer,
    accepted,
    blocked,
    waiting,
    unread,
    last: last === null ? null : messageLine(last),
  };
}

/** A conversation for a person. */
export function conversationText(conversation: ConversationView): string {
  const { peer, unread, waiting, blocked, last } = conversation;
  const marks = [
    ...(waiting > 0 ? [`${waiting} waiting`] : unread > 0 ? [`${unread} new`] : []),
    ...(blocked ? ["blocked"] : []),
  ];
  const mark = marks.length === 0 ? "" : ` (${marks.join(", ")})`;
  const preview =
    last === null ? "" : `\n    ${localTime(last.receivedAt)}  ${firstLine(bodyOf(last))}`;
  return `${peer}${mark}${preview}`;
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  const characters = [...line];
  return characters.length > 70 ? `${characters.slice(0, 69).join("")}…` : line;
}
