/**
 * Messages and conversations as a screen or a script shows them: verified, opened, with the reason where that failed.
 * @module
 */
import type { AcceptReason, Address, Id, OpenFault } from "@keypears/protocol";

/**
 * What there is to show of a message: `text`; `unknown`, a type that needs a newer version (`declared` says which); `locked`,
 * genuine but to a key set that is not open on this device; `erased`, after its deleteAfter; `unreadable`, for the `reason`
 * that stands beside it.
 */
export type MessageType = "text" | "unknown" | "locked" | "erased" | "unreadable";

/**
 * Why a message is not shown as genuine: the one rule (spec/6.5), what was inside (spec/6.3), or the keys of the peer:
 * `keys_reset` until the user has acknowledged the reset, `keys_fork` and `keys_shorter` while those last and the message needs
 * keys that were not known before, `keys_unknown` where there are none that hold or their domain is out of reach; or it is
 * `erased`.
 */
export type Unverified =
  | AcceptReason
  | OpenFault
  | "keys_reset"
  | "keys_fork"
  | "keys_shorter"
  | "keys_unknown"
  | "erased";

/** One message. */
export interface MessageView {
  readonly id: Id;
  /** The other end of the conversation. */
  readonly peer: Address;
  readonly from: Address;
  readonly to: Address;
  readonly direction: "sent" | "received";
  readonly type: MessageType;
  /** The text of a `text`, else null. */
  readonly text: string | null;
  /** The type that an `unknown` declares, else null. */
  readonly declared: string | null;
  /** The message that this one answers. */
  readonly ref: Id | null;
  /** The sender's time in milliseconds since 1970, where it is plausible (spec/6.6). */
  readonly sentAt: number | null;
  /** When the recipient's server took it in. */
  readonly receivedAt: number;
  /** When both servers drop it, or null for never (spec/6.7). */
  readonly deleteAfter: number | null;
  readonly state: "pending" | "delivered" | "failed";
  /** Unless delivered, how far it has come: one of `deliverySteps` (spec/9.2). */
  readonly step: string | null;
  /** Whether the one rule holds: only then it is shown as genuine. */
  readonly verified: boolean;
  /**
   * Where it is not verified, an `Unverified`; else while pending, what is in the way now, one of `peerFaults`, or null; when
   * failed, why: a fault that lasted for 24 hours, a code of the contract, or one of `mendable` (spec/9.2); else why it is
   * `locked`; else null.
   */
  readonly reason: string | null;
  /** Its place in the mailbox: the order of arrival. */
  readonly revision: number;
  /** The revision of its last change. */
  readonly changed: number;
  /** Messages that its author had seen and this mailbox does not have (spec/6.3). */
  readonly missing: readonly Id[];
  /** Messages that its author had seen with another content (spec/6.3). */
  readonly different: readonly Id[];
}

/** One page of a conversation, the oldest first. */
export interface MessagePage {
  readonly messages: readonly MessageView[];
  /** The `before` of the page before this one, or null at the beginning. */
  readonly next: number | null;
}

/** One person that one writes with, or who asks to. */
export interface ConversationView {
  readonly peer: Address;
  readonly accepted: boolean;
  readonly blocked: boolean;
  /** Messages that wait for an answer; 0 once accepted. */
  readonly waiting: number;
  readonly unread: number;
  readonly readRevision: number;
  readonly lastRevision: number;
  /** The revision of its last change. */
  readonly changed: number;
  readonly last: MessageView | null;
}

/** One page of conversations, the latest first. */
export interface ConversationPage {
  readonly conversations: readonly ConversationView[];
  /** The `before` of the next page, or null at the end. */
  readonly next: number | null;
}
