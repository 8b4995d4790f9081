/**
 * Reading a stream of server-sent events, as the HTML standard describes its form, within bounds.
 * @module spec/12.3
 */
import { ClientError } from "./errors.ts";
import type { ServerSentEvent } from "./ports.ts";

/** The longest event, in characters: an envelope is 96 KiB of text, and an event has one or two. */
const MOST_CHARACTERS = 1 << 20;
/** A comment: the server is there. */
const beat: ServerSentEvent = { id: null, event: "", data: null };

/**
 * The events of a stream of bytes (spec/12.3), each as soon as it is whole; an id that comes alone is one without data, a
 * comment one without either. What the stream breaks off in the middle of is dropped. `bad_answer` for an event above 1 MiB.
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder();
  const block = new Block();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A line break at the very end may be the first half of one: it waits for what comes next.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() as string;
    if (rest.length + block.length > MOST_CHARACTERS) {
      throw new ClientError("bad_answer", { reason: "event" });
    }
    for (const line of lines) {
      const event = block.take(line);
      if (event !== null) yield event;
    }
  }
}

/** The fields of the event that is being read. */
class Block {
  #id: string | null = null;
  #event = "";
  #data: string[] = [];
  length = 0;

  /** Takes a line; gives the event that it completes. */
  take(line: string): ServerSentEvent | null {
    if (line === "") return this.#complete();
    if (line.startsWith(":")) return beat;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    this.length += value.length;
    if (this.length > MOST_CHARACTERS) throw new ClientError("bad_answer", { reason: "event" });
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    return null;
  }

  #complete(): ServerSentEvent | null {
    const id = this.#id;
    const data = this.#data.length === 0 ? null : this.#data.join("\n");
    const event = this.#event === "" ? "message" : this.#event;
    this.#id = null;
    this.#event = "";
    this.#data = [];
    this.length = 0;
    return id === null && data === null ? null : { id, event, data };
  }
}
