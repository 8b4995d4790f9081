/** How results are printed: JSON for scripts, plain lines for people. */
import type { Io } from "./io.ts";

export class Output {
  readonly json: boolean;
  /** What has to be done before anything is printed: take a progress bar away. */
  before: () => void = () => {};
  readonly #io: Io;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.json = json;
  }

  /** One result: a JSON value on a line of its own, or lines for a person. */
  result(value: unknown, ...lines: readonly string[]): void {
    this.before();
    if (this.json) this.#io.stdout.write(`${JSON.stringify(value)}\n`);
    else for (const line of lines) this.#io.stdout.write(`${line}\n`);
  }

  /** A remark for a person, apart from the results. */
  remark(line: string): void {
    this.before();
    if (!this.json) this.#io.stderr.write(`${line}\n`);
  }

  /** A failure, where scripts look for it. */
  failure(code: string, message: string, reason?: string): void {
    const error = { code, message, ...(reason === undefined ? {} : { reason }) };
    if (this.json) this.#io.stdout.write(`${JSON.stringify({ error })}\n`);
    else this.#io.stderr.write(`keypears: ${message}\n`);
  }
}

/**
 * Somebody else's text made safe for a terminal: control characters, which could move the cursor or retitle the window,
 * and the marks that reverse the direction of what follows become visible; line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** A time for people: the local date and minute. */
export function localTime(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
