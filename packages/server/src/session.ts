/** The session behind a call (spec/8.1). */
import type { Address, Bytes, Id } from "@keypears/protocol";

export interface Session {
  readonly id: Id;
  readonly accountId: number;
  readonly address: Address;
  /** What the store knows the token by. */
  readonly tokenHash: Bytes;
}
