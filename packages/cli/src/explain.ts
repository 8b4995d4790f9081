/** What went wrong, as a code for scripts and a sentence with a next step for people. */
import { ApiError, ClientError } from "@keypears/client";
import { Failure } from "./failure.ts";
import { faultWords, unreachableSentence } from "./hops.ts";
import { hopOf } from "./network.ts";

export interface Explanation {
  readonly code: string;
  readonly message: string;
  /** Narrows the code, for scripts. */
  readonly reason?: string;
}

/** Sentences where the command line can say more than the engine or the server does. */
const sentences: Readonly<Record<string, string>> = {
  unreachable: "The server cannot be reached: is it running, is there a network? Try again.",
  unauthenticated: "This session has ended: log in again (keypears login ADDRESS).",
  not_logged_in: "Nobody is logged in here: keypears login ADDRESS, or signup ADDRESS.",
  locked: "The keys are not on this device: log in again (keypears login ADDRESS).",
  wrong_credentials: "The address or the password is wrong.",
  address_taken: "This address is taken: choose another name.",
  no_such_user: "There is nobody of this name at that domain: check the spelling.",
  federation_unavailable:
    "Your server is a local one: it reaches no other domain (see the self-hosting guide).",
  not_ready: "This address has not been set up yet: its owner has to log in there once.",
  not_again:
    "There is no failed message of yours with this id here (keypears read ADDRESS --json shows ids).",
  pull_refused: "Their server could not fetch the message from yours: try again later.",
  new_challenge: "The proof of work came too late: try again.",
  stale_key: "They have newer keys: try again.",
  stale_sender_key: "You have newer keys: log in again (keypears login ADDRESS).",
  same_address: "One cannot write to oneself.",
  too_many_waiting:
    "Five of your messages wait already: they have to accept you before you can write more.",
  password_too_short: "The password is too short: twelve characters at least.",
  password_too_weak: "The password is too easy to guess: several unrelated words are better.",
  password_too_long: "The password is too long.",
  password_empty: "The password is empty.",
  password_surrogate: "The password is not valid text.",
  password_unassigned: "The password has characters that no version of Unicode knows yet.",
  too_expensive:
    "This costs more work than is done without asking (keypears pow-bench shows how fast this machine is).",
  mining_failed: "This machine could not do the work: try again.",
  below_minimum: "The price is below what this server allows.",
  keys_reset:
    "Their keys were reset, so this may be somebody else: look (keypears lookup ADDRESS), ask them, and look again with --accept-reset.",
  rate_limited: "Too many requests from this network: wait a little.",
  busy: "The server is busy: try again in a moment.",
};

const twoDirectories =
  "Your server and their domain show different keys for this address, so one of the two is wrong: nothing is sent. Ask them in another way.";

/** Explains an error; what nobody foresaw is `internal`, with its own message. */
export function explain(error: unknown): Explanation {
  const code = codeOf(error);
  const reason = reasonOf(error);
  const message = messageOf(error, code, reason);
  return { code, message, ...(reason === undefined ? {} : { reason }) };
}

function messageOf(error: unknown, code: string, reason: string | undefined): string {
  const own = error instanceof Error ? error.message : String(error);
  if (error instanceof Failure) return own;
  if (code === "domain_unreachable") return unreachableSentence("The other domain", reason);
  if (code === "keys_fork" && reason === "directories") return twoDirectories;
  const hop = hopOf(error);
  const detail = error instanceof ApiError ? reason : hop === null ? undefined : faultWords(hop);
  return (sentences[code] ?? own) + (detail === undefined ? "" : ` (${detail})`);
}

function reasonOf(error: unknown): string | undefined {
  const known =
    error instanceof Failure || error instanceof ApiError || error instanceof ClientError;
  return (known ? error.reason : undefined) ?? hopOf(error) ?? undefined;
}

function codeOf(error: unknown): string {
  if (error instanceof Failure) return error.code;
  if (error instanceof ApiError) return error.code;
  if (error instanceof ClientError) {
    return error.code === "password_refused" ? `password_${error.reason ?? "refused"}` : error.code;
  }
  if (error instanceof Error && error.name === "AbortError") return "cancelled";
  return "internal";
}
