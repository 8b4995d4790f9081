/** What a command reads and writes. */
import { concat, fromUtf8 } from "@keypears/protocol";

/** Given, so that a test can run commands in its own process. */
export interface Io {
  readonly stdin: NodeJS.ReadStream | (AsyncIterable<Uint8Array> & { readonly isTTY?: boolean });
  readonly stdout: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  readonly stderr: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** All of standard input as text, unchanged; not what is larger than `most` bytes or no UTF-8. */
export async function readAll(
  stdin: Io["stdin"],
  most: number,
): Promise<
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: "too_large" | "not_text" }
> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stdin as AsyncIterable<Uint8Array | string>) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    length += bytes.length;
    if (length > most) return { ok: false, reason: "too_large" };
    parts.push(bytes);
  }
  const text = fromUtf8(concat(...parts));
  return text === null ? { ok: false, reason: "not_text" } : { ok: true, text };
}
