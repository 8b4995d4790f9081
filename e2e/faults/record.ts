/** What people did and what they were told, as a checker reads it. */
import type { Address, Id } from "@keypears/protocol";

/** Where a message stood, as its sender was told. */
export interface Told {
  readonly state: "pending" | "delivered" | "failed";
  readonly reason: string | null;
  /** The revision of the sender's mailbox at which that began. */
  readonly changed: number;
}

/** A message that somebody wrote. Times are those of one clock that only goes forward, in milliseconds. */
export interface Written {
  readonly id: Id;
  readonly from: Address;
  readonly to: Address;
  /** No other message has it. */
  readonly text: string;
  readonly askedAt: number;
  /** When its sender was told that it is taken in; null while that never happened. */
  readonly acknowledgedAt: number | null;
  /** In the order in which it was told. */
  readonly told: readonly Told[];
}

/** A message that a recipient's device was told of. */
export interface Heard {
  readonly id: Id;
  readonly from: Address;
  readonly to: Address;
  readonly text: string | null;
  readonly verified: boolean;
  readonly revision: number;
}
