/**
 * What the runners of vectors share: a case fails by throwing, values are compared as text, bytes are hex. The same in Node
 * and in a browser. Only test code imports it.
 * @module
 */
import { type Address, parseAddress } from "../address.ts";
import { type Bytes, fromHex, toHex } from "../bytes/encoding.ts";

/** Gives the parsed JSON of `vectors/{name}.json`. */
export type Load = (name: string) => Promise<unknown>;

/** One vector: it fails by throwing. */
export interface Case {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** How many cases passed, and of each of the others which and why. */
export interface Report {
  passed: number;
  failures: string[];
}

/** Runs the cases of one file and adds to a report. */
export async function runCases(
  file: string,
  cases: readonly Case[],
  report: Report,
): Promise<void> {
  if (cases.length === 0) report.failures.push(`${file}: no cases`);
  for (const { name, run } of cases) {
    try {
      await run();
      report.passed++;
    } catch (error) {
      report.failures.push(`${file}: ${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** A value as text: bytes as hex, members in alphabetical order, so that equal values have equal texts. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(toHex(value));
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined";
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`).join()}}`;
}

/** Fails unless two values are the same; bytes are the same as their hex. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [textOf(actual), textOf(expected)];
  if (found !== wanted) {
    throw new Error(`${what} is ${found.slice(0, 200)}, expected ${wanted.slice(0, 200)}`);
  }
}

/** Fails unless `run` throws a `RangeError`, at once or later. */
export async function outOfRange(run: () => unknown, what: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof RangeError) return;
    throw error;
  }
  throw new Error(`${what} is not refused`);
}

/** A value that has to be there. */
export function must<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`${what} is refused`);
  return value;
}

/** The bytes of a vector's hex. */
export function hex(text: string): Bytes {
  return must(fromHex(text), `hex ${text.slice(0, 20)}`);
}

/** The address of a vector, which has to be canonical. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed !== text) throw new Error(`${text} is no canonical address`);
  return parsed;
}
