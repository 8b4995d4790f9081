/** A failure that a person is told in a sentence, and a script by its code. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The command line was typed wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
