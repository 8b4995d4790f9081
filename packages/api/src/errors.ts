/**
 * Every error that the API can answer with: its code, its HTTP status, and the sentence that goes with it.
 * Screens switch on codes and own their sentences; these are for logs, scripts and people who read JSON.
 * @module spec/12.1
 */

interface ErrorKind {
  readonly status: number;
  readonly message: string;
}

/** The closed list of codes (spec/12.1). */
export const errors = {
  invalid_input: {
    status: 400,
    message: "The request is not in the form that this procedure takes.",
  },
  unauthenticated: { status: 401, message: "This needs a session: log in first." },
  wrong_credentials: { status: 401, message: "The address or the password is wrong." },
  wrong_origin: { status: 403, message: "The request comes from another site than this server's." },
  step_up_required: { status: 403, message: "This needs the password once more." },
  registration_closed: { status: 403, message: "This server takes no new accounts." },
  suspended: { status: 403, message: "This account is suspended." },
  wrong_sender: {
    status: 403,
    message: "The message's sender is not the account of this session.",
  },
  not_found: { status: 404, message: "There is nothing here." },
  no_such_user: { status: 404, message: "The domain has no user of this name." },
  no_such_session: { status: 404, message: "This account has no such session." },
  no_such_conversation: { status: 404, message: "There is no conversation with this address." },
  method_not_allowed: { status: 405, message: "This path takes another method." },
  address_taken: { status: 409, message: "The address is taken." },
  work_spent: {
    status: 409,
    message: "This proof of work has been used: ask for a new challenge.",
  },
  work_in_progress: {
    status: 409,
    message: "This proof of work is being used right now: try again.",
  },
  new_challenge: {
    status: 409,
    message: "The server does not know the key of this challenge: ask for a new one.",
  },
  stale_key: { status: 409, message: "The recipient has newer keys: look them up and seal again." },
  stale_sender_key: { status: 409, message: "The sender has newer keys: seal again with those." },
  id_conflict: { status: 409, message: "Another message of this id is stored already." },
  too_many_waiting: {
    status: 409,
    message: "Five messages wait for this person's answer already.",
  },
  not_ready: { status: 409, message: "This address has not been set up yet." },
  too_large: { status: 413, message: "The request is too large." },
  unsupported_media_type: { status: 415, message: "The body has to be application/json." },
  misdirected: { status: 421, message: "This server does not act for this domain." },
  address_form: { status: 422, message: "This server does not allow names of this form." },
  address_reserved: { status: 422, message: "This name is reserved." },
  record_refused: { status: 422, message: "The key record does not hold." },
  work_refused: { status: 422, message: "The proof of work does not hold." },
  message_refused: { status: 422, message: "The message does not hold." },
  request_refused: { status: 422, message: "The challenge request does not hold." },
  unknown_suite: { status: 422, message: "This needs a newer version." },
  same_address: { status: 422, message: "One cannot write to oneself." },
  below_minimum: { status: 422, message: "The price is below what this server allows." },
  pull_refused: {
    status: 422,
    message: "The sender's server did not hand over the message that it announced.",
  },
  federation_unavailable: {
    status: 501,
    message: "This server is a local one: it does not reach other domains.",
  },
  domain_unreachable: { status: 502, message: "The other domain cannot be reached." },
  rate_limited: { status: 429, message: "Too many requests from this network: wait a little." },
  internal: { status: 500, message: "Something went wrong on the server. It has been noted." },
  busy: { status: 503, message: "The server is busy: try again in a moment." },
} as const satisfies Record<string, ErrorKind>;

/** A code of the list (spec/12.1). */
export type ErrorCode = keyof typeof errors;

/** What any procedure may answer with, whatever it does (spec/12.1). */
export const everyProcedure = [
  "invalid_input",
  "wrong_origin",
  "not_found",
  "method_not_allowed",
  "too_large",
  "unsupported_media_type",
  "misdirected",
  "rate_limited",
  "internal",
  "busy",
] as const satisfies readonly ErrorCode[];

/** The body of every answer that is no success (spec/12.1). `reason` narrows a code such as `message_refused`. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly reason?: string;
  /** Seconds to wait, as in Retry-After. */
  readonly retryAfter?: number;
}

/** An error of the API as an exception: thrown by the server's procedures, and again by the client that called (spec/12.1). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly reason: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, details: { reason?: string; retryAfter?: number } = {}) {
    super(errors[code].message);
    this.code = code;
    this.reason = details.reason;
    this.retryAfter = details.retryAfter;
  }

  /** The HTTP status of this error's code. */
  get status(): number {
    return errors[this.code].status;
  }

  /** The body that says this error (spec/12.1). */
  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.retryAfter === undefined ? {} : { retryAfter: this.retryAfter }),
    };
  }
}

/** Whether a text is one of our codes (a peer of another version may have others). */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errors, text);
}
