/**
 * What can fail on a device, as a closed list of codes. What the server refuses comes as the contract's `ApiError`.
 * @module
 */

/**
 * The codes:
 *
 * | code | meaning | `reason` |
 * | --- | --- | --- |
 * | unreachable | the server cannot be reached, or the connection broke | |
 * | bad_answer | the server answered with something that is none of the contract's | what was wrong |
 * | not_logged_in | nobody is logged in on this device | |
 * | locked | logged in, and the keys are not on this device: `account.unlock` with the password | |
 * | password_refused | a text that cannot be a password, or not a new one | as in `judgeNewPassword` (spec/3.1) |
 * | unknown_kdf_suite | the account's password needs a newer version of this program (spec/3.2) | |
 * | kdf_downgrade | the server names an older derivation than it did before (spec/3.2) | |
 * | too_expensive | the price is above the ceiling; `difficulty` says it (spec/7.5) | purpose |
 * | challenge_refused | the server's challenge is not what was asked for (spec/7.2) | which member |
 * | mining_failed | this device could not do the work: what it mines with did not start, or broke down | |
 * | keys_refused | the key records of an address are no chain (spec/4.5) | as in `ChainFault` |
 * | keys_reset | the recipient's keys were reset: nothing is sent until the user has looked (spec/4.5) | |
 * | keys_revoked | the recipient has no keys (spec/4.5) | |
 * | keys_shorter | records of the recipient are missing: asked for again for ten minutes (spec/4.5) | |
 * | keys_fork | the recipient's records are not those that were known: a hard stop (spec/4.5) | `directories` where the own server and the recipient's domain show different ones |
 * | own_keys_changed | the own records are not those that were known, or not of the keys on this device: an alarm (spec/4.5) | verdict |
 * | wraps_refused | the keys that the server gave do not open or do not belong to the records (spec/4.7) | `wrong_key`, `mismatch`, `missing` |
 * | same_address | one cannot write to oneself | |
 * | message_too_long | the content is longer than 65,535 bytes (spec/6.3) | |
 * | message_text | the text is no Unicode text: a lone surrogate (spec/6.3) | |
 * | delete_after | a message lives for 60 seconds at least (spec/6.7) | |
 * | not_again | a message that cannot be sent again: there is none, or not of one's own, or it cannot be opened | |
 * | clock | the clocks of device and server differ by more than five minutes | `peer` where it may be the server of the recipient's domain |
 */
export type ClientErrorCode =
  | "unreachable"
  | "bad_answer"
  | "not_logged_in"
  | "locked"
  | "password_refused"
  | "unknown_kdf_suite"
  | "kdf_downgrade"
  | "too_expensive"
  | "challenge_refused"
  | "mining_failed"
  | "keys_refused"
  | "keys_reset"
  | "keys_revoked"
  | "keys_shorter"
  | "keys_fork"
  | "own_keys_changed"
  | "wraps_refused"
  | "same_address"
  | "message_too_long"
  | "message_text"
  | "delete_after"
  | "not_again"
  | "clock";

const sentences: Readonly<Record<ClientErrorCode, string>> = {
  unreachable: "The server cannot be reached.",
  bad_answer: "The server answered in a way that this program does not understand.",
  not_logged_in: "Nobody is logged in on this device.",
  locked: "The keys are not on this device: the password opens them.",
  password_refused: "This cannot be the password.",
  unknown_kdf_suite: "This account needs a newer version of this program.",
  kdf_downgrade: "The server asks for a weaker protection of the password than before.",
  too_expensive: "This costs more work than is done without asking.",
  challenge_refused: "The server asked for work that this was not about.",
  mining_failed: "This device could not do the work.",
  keys_refused: "The published keys of this address do not hold.",
  keys_reset: "The keys of this address were reset: look at them before you write.",
  keys_revoked: "This address has no keys at present.",
  keys_shorter: "Keys of this address are missing on its server: try again in a few minutes.",
  keys_fork: "The keys of this address are not those that were known: compare safety numbers.",
  own_keys_changed: "Your own published keys are not those that this device knows.",
  wraps_refused: "The keys that the server keeps for you do not open.",
  same_address: "One cannot write to oneself.",
  message_too_long: "The message is too long.",
  message_text: "The message is not valid text.",
  delete_after: "A message has to live for a minute at least.",
  not_again: "This message cannot be sent again.",
  clock: "The clock of this device and that of the server differ by more than five minutes.",
};

/** A failure on the device. Switch on `code`; the message is a sentence for logs and for people without a better one. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** Narrows the code; see `ClientErrorCode`. */
  readonly reason: string | undefined;
  /** The price of what was `too_expensive`, in hashes (spec/7.5). */
  readonly difficulty: number | undefined;

  constructor(
    code: ClientErrorCode,
    details: {
      readonly reason?: string;
      readonly difficulty?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(sentences[code], details.cause === undefined ? {} : { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.difficulty = details.difficulty;
  }
}
