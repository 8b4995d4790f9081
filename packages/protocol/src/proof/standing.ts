/**
 * Whether two people are in a conversation, for what a message costs and where it arrives.
 * @module spec/7.6
 */
import type { PublishedKey } from "../message/accept.ts";

/**
 * Whether the sender is in a conversation with the recipient (spec/7.6), and no stranger: the recipient has written to or
 * accepted them, and no `reset` has come into their chain since. `knownNumber` is the highest key number of theirs that the
 * recipient's mailbox knew then, 0 where it knew none; `senderKeys` is their chain.
 */
export function inConversation(options: {
  readonly isAccepted: boolean;
  readonly knownNumber: number;
  readonly senderKeys: readonly PublishedKey[];
}): boolean {
  const { isAccepted, knownNumber, senderKeys } = options;
  return (
    isAccepted &&
    !senderKeys.some(({ number, record }) => number > knownNumber && record.reason === "reset")
  );
}
