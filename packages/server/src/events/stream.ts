/**
 * The event stream: every change of a mailbox as a server-sent event, in order, resumable (spec/12.3).
 *
 * It holds nothing of what has happened, only how far it has told: a wake-up makes it read the next page from the store
 * when, and not before, its reader asks for more. So a slow reader costs one page of memory, however much arrives.
 */
import { ApiError, type Change, change } from "@keypears/api";
import { type Bytes, type Id, utf8 } from "@keypears/protocol";
import * as z from "zod";
import { readChanges } from "../mailbox/changes.ts";
import { currentRevision } from "../store/mailbox.ts";
import type { Queries } from "../store/store.ts";
import type { EventHub } from "./hub.ts";

/** After how long without a change a comment is sent, and the session looked at again, in milliseconds (spec/12.3). */
export const HEARTBEAT = 15_000;
/** The most streams that one account has open at once. */
const MOST_STREAMS = 50;
/** The most changes that are read at once: all that waits in memory for a slow reader. */
const PAGE = 16;

/** Calls `work` every so many milliseconds until the function that comes back is called. */
export type Every = (milliseconds: number, work: () => void) => () => void;

export const everyInterval: Every = (milliseconds, work) => {
  const timer = setInterval(work, milliseconds).unref();
  return () => clearInterval(timer);
};

export interface StreamOptions {
  readonly db: Queries;
  readonly events: EventHub;
  readonly every: Every;
  readonly accountId: number;
  readonly sessionId: Id;
  /** Whether the session still lives. */
  readonly holds: () => Promise<boolean>;
  /** The last revision that the reader has seen; null to begin with what happens next. */
  readonly after: number | null;
}

/**
 * Opens a stream. It begins with the id of the revision that it starts from, so that a reader which loses it before the
 * first change can resume too. It ends when the session ends. Throws `rate_limited` when the account has too many open.
 */
export async function openEventStream(options: StreamOptions): Promise<ReadableStream<Bytes>> {
  const { events, accountId } = options;
  if (events.count(accountId) >= MOST_STREAMS) {
    throw new ApiError("rate_limited", { retryAfter: HEARTBEAT / 1000 });
  }
  const stream = new EventStream(options);
  await stream.begin();
  // No queue of its own: a page is read when the reader asks.
  return new ReadableStream<Bytes>(
    {
      pull: async (controller) => {
        const text = await stream.next();
        if (text === null) controller.close();
        else controller.enqueue(utf8(text));
      },
      cancel: () => stream.end(),
    },
    { highWaterMark: 0 },
  );
}

class EventStream {
  readonly #options: StreamOptions;
  readonly #close: (() => void)[];
  /** Up to which revision the reader has been told. */
  #told = 0;
  /** Which revision the mailbox is known to have reached. */
  #reached = 0;
  #begun = false;
  #beat = false;
  #ended = false;
  /** What the look at the session failed by: the reader's next turn fails by it too. */
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(options: StreamOptions) {
    this.#options = options;
    const { events, every, accountId, sessionId } = options;
    // Before anything is read: what is committed from here on is told by the hub, what was before by the store.
    const unsubscribe = events.subscribe(
      { accountId, sessionId },
      { changed: (revision) => this.#change(revision), ended: () => this.end() },
    );
    this.#close = [unsubscribe, every(HEARTBEAT, () => void this.#heartbeat())];
  }

  /** Finds where to begin. A reader who has seen more than there is (an older database was restored) begins at what there is. */
  async begin(): Promise<void> {
    const { db, accountId, after } = this.#options;
    try {
      const revision = await currentRevision(db, accountId);
      this.#told = Math.min(after ?? revision, revision);
      this.#change(revision);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** The next piece of the stream, as soon as there is one; null at its end. */
  async next(): Promise<string | null> {
    while (!this.#ended) {
      if (!this.#begun) {
        this.#begun = true;
        return `id: ${this.#told}\n\n`;
      }
      if (this.#reached > this.#told) {
        const text = await this.#read();
        if (text !== "") return this.#ended ? null : text;
      } else if (this.#beat) {
        this.#beat = false;
        return ": still here\n\n";
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
    if (this.#failure !== null) throw this.#failure.error;
    return null;
  }

  end(): void {
    this.#ended = true;
    for (const close of this.#close.splice(0)) close();
    this.#wake();
  }

  async #read(): Promise<string> {
    const { db, accountId } = this.#options;
    const aim = this.#reached;
    const page = await readChanges(db, { accountId, after: this.#told, limit: PAGE });
    this.#told = page.revision;
    // All that was known of has been read, unless the hub has told of more since.
    if (!page.more && this.#reached === aim) this.#reached = this.#told;
    this.#beat = false;
    return page.changes.map(eventOf).join("");
  }

  #change(revision: number): void {
    this.#reached = Math.max(this.#reached, revision);
    this.#wake();
  }

  async #heartbeat(): Promise<void> {
    try {
      if (!(await this.#options.holds())) return this.end();
    } catch (error) {
      this.#failure = { error };
      return this.end();
    }
    this.#beat = true;
    this.#wake();
  }
}

/** Only the last change of a revision carries its id: a reader that resumes between two of one revision gets both again. */
function eventOf(item: Change, index: number, page: readonly Change[]): string {
  const last = page[index + 1]?.revision !== item.revision;
  const id = last ? `id: ${item.revision}\n` : "";
  return `${id}event: change\ndata: ${JSON.stringify(z.encode(change, item))}\n\n`;
}
