/** What a command is: how it is written, and what it does. */
import type { ParseArgsOptionsConfig } from "node:util";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** Options that every command takes. */
export const everywhere = {
  json: { type: "boolean" },
  server: { type: "string" },
  profile: { type: "string" },
  as: { type: "string" },
  "no-store": { type: "boolean" },
  "password-file": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsOptionsConfig;

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

/** One use of a command. */
export interface Call {
  readonly io: Io;
  readonly output: Output;
  /** Its arguments, as many as the command allows. */
  readonly args: readonly string[];
  readonly options: OptionValues;
}

export interface Command {
  /** As the help shows it, after `keypears`. */
  readonly usage: string;
  readonly summary: string;
  readonly least: number;
  readonly most: number;
  readonly options?: ParseArgsOptionsConfig;
  /** Gives 1 where what it printed is that something is not as it should be. */
  run(call: Call): Promise<void | 1>;
}

/** An option's text, or undefined where it was not given. */
export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}
