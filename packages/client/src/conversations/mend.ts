/**
 * Sending again by itself what failed for a reason that a client can mend, while somebody follows the mailbox.
 * @module spec/9.2
 */
import { ApiError, type StoredMessage, mendable } from "@keypears/api";
import type { Address, Id } from "@keypears/protocol";
import * as z from "zod/mini";
import type { Engine } from "../engine.ts";
import { ClientError } from "../errors.ts";
import { growingPause } from "../pause.ts";
import type { Progress } from "../progress.ts";
import type { FollowEvent } from "./follow.ts";
import { retry } from "./retry.ts";

/** How many of the mailbox's last changes are looked through when following begins, and how many at once. */
const LOOK_BACK = 300;
const PAGE = 50;
/** How often one message is begun for one reason: once, and once more where that was cut off, as by a page that was closed. */
const MOST_STARTS = 2;
/** How many messages and reasons are remembered. */
const MOST_TRIED = 200;
/** How often it is tried while a server is out of reach, and the pauses between, in milliseconds. */
const MOST_TRIES = 8;
const FIRST_PAUSE = 15_000;
const MOST_PAUSE = 10 * 60_000;

/** The name under which a device remembers what was mended. */
const NAME = "mended";

const tried = z.object({
  /** Which message for which reason. */
  what: z.string(),
  starts: z.number(),
});
const stored = z.object({
  /** Up to which revision of the mailbox was looked. */
  looked: z.number(),
  tried: z.array(tried),
});
type Stored = z.output<typeof stored>;

/** What of a message says whether it can be mended: stored or shown. */
type Failed = Pick<StoredMessage, "id" | "peer" | "revision" | "direction" | "state" | "reason">;

/**
 * What is told, and between it how far the mending is of what failed. `after` is where the telling begins, if that is known;
 * `stop` ends both: it is called when nobody listens any more.
 */
export async function* mending(
  engine: Engine,
  events: AsyncGenerator<FollowEvent, void, undefined>,
  options: { readonly after: number | null; readonly stop: AbortController },
): AsyncGenerator<FollowEvent, void, undefined> {
  const { after, stop } = options;
  const mender = new Mender(engine, stop.signal);
  if (after !== null) mender.begin(after);
  let next = events.next();
  try {
    for (;;) {
      yield* mender.said();
      const heard = await Promise.race([next, mender.speaks()]);
      if (heard === undefined) continue;
      if (heard.done === true) return;
      const event = heard.value;
      if (event.type === "reached") mender.begin(event.revision);
      if (event.type === "message") mender.take(event.message);
      yield event;
      next = events.next();
    }
  } finally {
    stop.abort(new Error("nobody follows any more"));
    await Promise.allSettled([next, mender.done()]);
  }
}

/** Mends one message of each peer at a time, in their order. */
class Mender {
  readonly #engine: Engine;
  readonly #signal: AbortSignal;
  readonly #events: FollowEvent[] = [];
  readonly #lines = new Map<Address | null, Promise<void>>();
  #spoke = Promise.withResolvers<undefined>();
  #begun = false;

  constructor(engine: Engine, signal: AbortSignal) {
    this.#engine = engine;
    this.#signal = signal;
    // Whoever listens hears of a fault; when nobody does any more, it is none.
    this.#spoke.promise.catch(() => {});
  }

  /** Looks at what failed before this revision, where the telling begins. */
  begin(revision: number): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#after(null, () => this.#look(revision));
  }

  /** Mends a message, if it is one to be mended. */
  take({ id, peer, revision, direction, state, reason }: Failed): void {
    if (direction !== "sent" || state !== "failed") return;
    if (!mendable.some((one) => one === reason)) return;
    this.#after(peer, () => this.#mend({ id, peer, revision, what: `${id} ${reason}` }));
  }

  /** What there is to tell. */
  *said(): Generator<FollowEvent, void, undefined> {
    for (let one = this.#events.shift(); one !== undefined; one = this.#events.shift()) yield one;
  }

  /** Resolves when there is something to tell; rejects with a fault of ours. */
  speaks(): Promise<undefined> {
    return this.#spoke.promise;
  }

  async done(): Promise<void> {
    await Promise.all(this.#lines.values());
  }

  /** Does something after all that was begun for the same peer. */
  #after(peer: Address | null, work: () => Promise<void>): void {
    const line = (this.#lines.get(peer) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#spoke.reject(error);
    });
    this.#lines.set(peer, line);
    void line.then(() => {
      if (this.#lines.get(peer) === line) this.#lines.delete(peer);
    });
  }

  #tell(peer: Address, id: Id, progress: Progress | null, failure: string | null): void {
    this.#events.push({ type: "mending", peer, id, progress, failure });
    const { resolve } = this.#spoke;
    this.#spoke = Promise.withResolvers<undefined>();
    this.#spoke.promise.catch(() => {});
    resolve(undefined);
  }

  /** What failed while this device did not follow: of the changes that it has not looked at, the last ones. */
  async #look(until: number): Promise<void> {
    const { api, ports } = this.#engine;
    const { looked } = read(await ports.store.read(NAME));
    let after = Math.max(looked, until - LOOK_BACK, 0);
    while (after < until) {
      const page = await this.#patiently(() =>
        api.messages.listChanges({ after, limit: PAGE }, { signal: this.#signal }),
      );
      for (const change of page.changes) {
        if (change.type === "message" && change.revision <= until) this.take(change.message);
      }
      if (!page.more || page.revision <= after) break;
      after = page.revision;
    }
    await ports.store.change(NAME, (value) => ({ ...read(value), looked: until }));
  }

  async #mend(options: {
    readonly id: Id;
    readonly peer: Address;
    readonly revision: number;
    readonly what: string;
  }): Promise<void> {
    const { id, peer, revision, what } = options;
    this.#signal.throwIfAborted();
    if (!(await this.#start(what))) return;
    const onProgress = (progress: Progress): void => this.#tell(peer, id, progress, null);
    let failure: string | null = null;
    try {
      await this.#patiently(
        () => retry(this.#engine, { peer, id, revision, onProgress, signal: this.#signal }),
        () => this.#tell(peer, id, null, null),
      );
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof ApiError) && !(error instanceof ClientError)) throw error;
      failure = error.code;
    }
    await this.#remember(what, () => MOST_STARTS);
    this.#tell(peer, id, null, failure);
  }

  /** Whether a message is still to be begun for this reason; remembers that it was. */
  async #start(what: string): Promise<boolean> {
    let may = false;
    await this.#remember(what, (starts) => {
      may = starts < MOST_STARTS;
      return may ? starts + 1 : starts;
    });
    return may;
  }

  /** Changes how often something was begun, undivided: another tab may think of the same. */
  async #remember(what: string, change: (starts: number) => number): Promise<void> {
    await this.#engine.ports.store.change(NAME, (value) => {
      const known = read(value);
      const starts = known.tried.find((one) => one.what === what)?.starts ?? 0;
      const others = known.tried.filter((one) => one.what !== what);
      const all = [...others, { what, starts: change(starts) }];
      return { ...known, tried: all.slice(-MOST_TRIED) };
    });
  }

  /** Does something again while a server is out of reach; `onPause` is told before each pause. */
  async #patiently<T>(work: () => Promise<T>, onPause = (): void => {}): Promise<T> {
    const { clock, random } = this.#engine.ports;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt === MOST_TRIES || !isPassing(error)) throw error;
        onPause();
        const pause = { attempt, first: FIRST_PAUSE, most: MOST_PAUSE };
        await clock.sleep(growingPause(random, pause), this.#signal);
      }
    }
  }
}

function read(value: unknown): Stored {
  const parsed = stored.safeParse(value);
  return parsed.success ? parsed.data : { looked: 0, tried: [] };
}

/** Whether a server is out of reach, or asks to wait. */
function isPassing(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === "unreachable";
  const passing = ["domain_unreachable", "busy", "rate_limited", "internal"];
  return error instanceof ApiError && passing.includes(error.code);
}
