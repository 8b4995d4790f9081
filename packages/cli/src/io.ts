/** What a command reads and writes: given, so that a test can run commands in its own process. */
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

/** All of standard input as text, unchanged. Refuses what is no UTF-8 or is larger than a message can be. */
export async function readAll(
  stdin: Io["stdin"],
  most: number,
): Promise<string | "too_large" | "not_text"> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stdin) {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    length += bytes.length;
    if (length > most) return "too_large";
    parts.push(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch (error) {
    if (error instanceof TypeError) return "not_text";
    throw error;
  }
}
