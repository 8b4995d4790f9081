/** A failure that a person is told in a sentence, and a script by its code. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: string;
  /** Narrows the code. */
  readonly reason: string | undefined;

  constructor(code: string, message: string, reason?: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** The command line was typed wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
