/** The password comes from the environment, a file or a prompt; never from an argument, which others can see. */
import { readFile } from "node:fs/promises";
import { Failure } from "./failure.ts";
import type { Io } from "./io.ts";

export interface PasswordSource {
  readonly io: Io;
  readonly file: string | undefined;
}

/** Asks for the password of an account. */
export async function askPassword(
  source: PasswordSource,
  question = "Password: ",
): Promise<string> {
  return (await given(source)) ?? (await prompt(source.io, question));
}

/** Asks for a new password, twice where a person types it. */
export async function askNewPassword(source: PasswordSource): Promise<string> {
  const known = await given(source);
  if (known !== null) return known;
  const first = await prompt(source.io, "New password: ");
  const second = await prompt(source.io, "The same again: ");
  if (first !== second) throw new Failure("password_mismatch", "The two passwords differ.");
  return first;
}

async function given({ io, file }: PasswordSource): Promise<string | null> {
  if (file !== undefined) {
    try {
      return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
    } catch (error) {
      throw new Failure(
        "password_file",
        `The password file cannot be read: ${(error as Error).message}`,
      );
    }
  }
  return io.env.KEYPEARS_PASSWORD ?? null;
}

/** Reads a line from the terminal without showing it. */
async function prompt(io: Io, question: string): Promise<string> {
  const stdin = io.stdin;
  if (!stdin.isTTY || !("setRawMode" in stdin)) {
    throw new Failure(
      "password_needed",
      "This needs your password: run it in a terminal, set KEYPEARS_PASSWORD, or use --password-file.",
    );
  }
  io.stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let line: string[] = [];
      const onData = (text: string): void => {
        for (const character of text) {
          if (character === "\r" || character === "\n") return finish(() => resolve(line.join("")));
          if (character === "\u0003" || character === "\u0004") {
            return finish(() => reject(new Failure("cancelled", "Cancelled.")));
          }
          if (character === "\u0015") line = [];
          else if (character === "\u007f" || character === "\b") line.pop();
          else line.push(character);
        }
      };
      const finish = (settle: () => void): void => {
        stdin.off("data", onData);
        settle();
      };
      stdin.on("data", onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    io.stderr.write("\n");
  }
}
