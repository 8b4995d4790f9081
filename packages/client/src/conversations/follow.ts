/**
 * Following a mailbox: every change in order, none twice and none left out, by the event stream, and by asking now and then
 * where that breaks.
 * @module spec/12.3
 */
import { ApiError, type Change, type StoredMessage, change as changeSchema } from "@keypears/api";
import type { Address, Id } from "@keypears/protocol";
import { authorization, failureOf, noteEnd, within } from "../api.ts";
import { type Contact, type KnownChain, contactOf } from "../directory.ts";
import { type Engine, self } from "../engine.ts";
import { ClientError } from "../errors.ts";
import { growingPause } from "../pause.ts";
import type { ServerSentEvent } from "../ports.ts";
import type { Progress } from "../progress.ts";
import { conversationView } from "./inbox.ts";
import { mending } from "./mend.ts";
import { openMessages } from "./open.ts";
import { newestStretch } from "./read.ts";
import type { ConversationView, MessageView } from "./views.ts";

/** After how long without a word a stream counts as dead, in milliseconds: the server speaks every 15 seconds. */
const SILENCE = 45_000;
/** How long the first word of a stream may take, in milliseconds: it comes at once. */
const OPENING = 10_000;
/** A stream that held for so long was a good one: the pauses begin anew after it. */
const STEADY = 30_000;
/** Pauses before the stream is opened again, in milliseconds. */
const FIRST_PAUSE = 500;
const MOST_PAUSE = 120_000;
/** How often changes are asked for while there is no stream, and at the least while the server cannot be reached, in milliseconds. */
const POLL = 2_500;
const MOST_POLL_PAUSE = 15_000;
/** How many changes are asked for at once: each may be 96 KiB. */
const PAGE = 50;
/** How old a peer's records may be when a message of theirs arrives, in milliseconds. */
const PEER_AGE = 60_000;
/** How much of a conversation is read where a message refers to what is not known. */
const STRETCH = 100;
/** How often the own chain is looked at, and those whose records are missing, in milliseconds (spec/4.5). */
const OWN_WATCH = 10 * 60_000;
const SHORTER_WATCH = 30_000;

/** What `follow` tells. */
export type FollowEvent =
  /** Everything up to this revision was told or lies before the beginning: where a later `follow` can go on. */
  | { readonly type: "reached"; readonly revision: number }
  /** A message that is new or has changed. */
  | { readonly type: "message"; readonly message: MessageView }
  /** A conversation that is new or has changed. */
  | { readonly type: "conversation"; readonly conversation: ConversationView }
  /** Somebody's keys have changed; of one's own address it is an alarm, unless it is a rotation. */
  | { readonly type: "keys"; readonly contact: Contact }
  /** How changes come: as they happen, by asking now and then, or not at all at present. */
  | { readonly type: "connection"; readonly state: "live" | "polling" | "offline" }
  /**
   * A failed message is being sent again by itself: `progress` says how far; null when that is over, with the code of why it
   * was in vain in `failure`, or null. How the message fares then comes as a `message`.
   */
  | {
      readonly type: "mending";
      readonly peer: Address;
      readonly id: Id;
      readonly progress: Progress | null;
      readonly failure: string | null;
    }
  /** The server has an older mailbox than it had: what is shown has to be read anew. */
  | { readonly type: "rewound"; readonly revision: number };

/** Every change of the mailbox after a revision, in order (spec/12.3); without `after` from now on. */
export async function* follow(
  engine: Engine,
  options: {
    readonly after?: number;
    readonly mend?: boolean;
    readonly signal?: AbortSignal | undefined;
  } = {},
): AsyncGenerator<FollowEvent, void, undefined> {
  const { signal, mend = true } = options;
  const after = options.after ?? null;
  const stop = new AbortController();
  const giveUp = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  if (signal?.aborted) giveUp();
  const follower = new Follower(engine, after, stop.signal);
  const unlisten = engine.directory.onChange((chain) => follower.noteKeys(chain));
  try {
    const events = follower.run();
    yield* mend ? mending(engine, events, { after, stop }) : events;
  } catch (error) {
    // Whoever stopped it knows.
    if (!signal?.aborted) throw error;
  } finally {
    unlisten();
    signal?.removeEventListener("abort", giveUp);
  }
}

type Connection = Extract<FollowEvent, { type: "connection" }>["state"];

class Follower {
  readonly #engine: Engine;
  readonly #signal: AbortSignal | undefined;
  /** Up to which revision everything was told; null before the beginning is known. */
  #told: number | null;
  /** What was told of the revision after it, which may come again. */
  readonly #partly = new Set<string>();
  readonly #news: KnownChain[] = [];
  #connection: Connection | null = null;
  #tended = -Infinity;

  constructor(engine: Engine, after: number | null, signal: AbortSignal | undefined) {
    this.#engine = engine;
    this.#told = after;
    this.#signal = signal;
  }

  noteKeys(chain: KnownChain): void {
    this.#news.push(chain);
  }

  async *run(): AsyncGenerator<FollowEvent, void, undefined> {
    const { clock, random } = this.#engine.ports;
    for (let attempt = 1; ; attempt++) {
      const opened = clock.now();
      try {
        yield* this.#stream();
      } catch (error) {
        if (!isBreak(error)) throw error;
      }
      this.#signal?.throwIfAborted();
      if (clock.now() - opened >= STEADY && this.#connection === "live") attempt = 1;
      const pause = growingPause(random, { attempt, first: FIRST_PAUSE, most: MOST_PAUSE });
      yield* this.#poll(clock.now() + pause);
    }
  }

  /** One event stream, until it ends, breaks or falls silent. */
  async *#stream(): AsyncGenerator<FollowEvent, void, undefined> {
    const { caller, ports } = this.#engine;
    const { clock, transport } = ports;
    const session = await caller.session();
    const stop = new AbortController();
    const headers = {
      ...authorization(session),
      ...(this.#told === null ? {} : { "last-event-id": String(this.#told) }),
    };
    const request = { method: "GET", path: "/api/v1/events", headers } as const;
    try {
      const opened = await within(clock, OPENING, this.#signal, () =>
        transport.openEvents({ ...request, signal: stop.signal }),
      );
      if (!opened.ok) throw await noteEnd(caller, session, failureOf(opened.answer));
      const events = opened.events[Symbol.asyncIterator]();
      for (let patience = OPENING; ; patience = SILENCE) {
        const next = await within(clock, patience, this.#signal, () => events.next());
        if (next.done === true) return;
        yield* this.#hear(next.value, patience === OPENING);
      }
    } finally {
      stop.abort();
    }
  }

  async *#hear(
    { id, event, data }: ServerSentEvent,
    first: boolean,
  ): AsyncGenerator<FollowEvent, void, undefined> {
    const revision = id !== null && /^[0-9]{1,15}$/.test(id) ? Number(id) : null;
    if (first && data === null && revision !== null) yield* this.#begin(revision);
    yield* this.#connect("live");
    if (data !== null && event === "change") {
      const change = parseChange(data);
      if (change !== null) yield* this.#tell(change);
    }
    if (revision !== null) yield* this.#reach(revision);
    yield* this.#tend();
  }

  /**
   * Asks for changes now and then until `until`, or until the server is there again after it was not: then its stream may
   * be, too.
   */
  async *#poll(until: number): AsyncGenerator<FollowEvent, void, undefined> {
    const { clock, random } = this.#engine.ports;
    let failures = 0;
    for (let wait = FIRST_PAUSE / 2; ;) {
      const left = until - clock.now();
      await clock.sleep(Math.max(0, Math.min(wait, left)), this.#signal);
      try {
        const away = this.#connection === "offline";
        yield* this.#catchUp();
        yield* this.#connect("polling");
        if (away) return;
        wait = POLL;
      } catch (error) {
        if (!isBreak(error)) throw error;
        yield* this.#connect("offline");
        const pause = { attempt: ++failures, first: FIRST_PAUSE, most: MOST_POLL_PAUSE };
        wait = growingPause(random, pause);
      }
      if (clock.now() >= until) return;
    }
  }

  /** All changes that there are now, page by page. */
  async *#catchUp(): AsyncGenerator<FollowEvent, void, undefined> {
    const { messages } = this.#engine.api;
    const signal = this.#signal;
    for (;;) {
      // Beyond the end there is nothing but the number of the last one: where to begin.
      const after = this.#told ?? Number.MAX_SAFE_INTEGER;
      const page = await messages.listChanges({ after, limit: PAGE }, { signal });
      if (this.#told === null || page.revision < this.#told) yield* this.#begin(page.revision);
      for (const change of page.changes) yield* this.#tell(change);
      const stuck = page.more && page.revision <= after;
      if (stuck) throw new ClientError("bad_answer", { reason: "more" });
      yield* this.#reach(page.revision);
      yield* this.#tend();
      if (!page.more) return;
    }
  }

  /** The server says where it begins: where we stopped, unless it has less than we have seen. */
  async *#begin(revision: number): AsyncGenerator<FollowEvent, void, undefined> {
    if (this.#told !== null && revision < this.#told) {
      this.#told = revision;
      this.#partly.clear();
      this.#engine.seen.clear();
      yield { type: "rewound", revision };
    } else if (this.#told === null) {
      this.#told = revision;
      yield { type: "reached", revision };
    }
  }

  async *#reach(revision: number): AsyncGenerator<FollowEvent, void, undefined> {
    if (revision <= (this.#told ?? -1)) return;
    this.#told = revision;
    this.#partly.clear();
    yield { type: "reached", revision };
  }

  async *#tell(change: Change): AsyncGenerator<FollowEvent, void, undefined> {
    if (change.revision <= (this.#told ?? -1)) return;
    const about = change.type === "message" ? change.message.id : change.conversation.peer;
    const key = `${change.revision} ${change.type} ${about}`;
    if (this.#partly.has(key)) return;
    if (change.type === "message") {
      yield { type: "message", message: await this.#message(change.message) };
    } else {
      const me = await self(this.#engine);
      const conversation = await conversationView(this.#engine, me, change.conversation);
      yield { type: "conversation", conversation };
    }
    this.#partly.add(key);
    yield* this.#tellKeys();
  }

  async #message(message: StoredMessage): Promise<MessageView> {
    const engine = this.#engine;
    const { peer } = message;
    const me = await self(engine);
    const [opened] = await openMessages(engine, me, peer, [message], PEER_AGE);
    if (opened === undefined) throw new Error("one message was opened and none came");
    engine.seen.add(peer, opened);
    const { after, view } = opened;
    if (after.length === 0) return view;
    const known = engine.seen.of(peer);
    const history = known?.hasAll(after) ? known : await newestStretch(engine, me, peer, STRETCH);
    return history.judge(opened);
  }

  /** Looks at the own chain now and then, and at those whose records are missing (spec/4.5). */
  async *#tend(): AsyncGenerator<FollowEvent, void, undefined> {
    const { directory, ports } = this.#engine;
    const now = ports.clock.now();
    if (now - this.#tended < SHORTER_WATCH) return;
    this.#tended = now;
    await self(this.#engine, OWN_WATCH);
    for (const address of directory.shorter()) await directory.ask(address);
    yield* this.#tellKeys();
  }

  async *#tellKeys(): AsyncGenerator<FollowEvent, void, undefined> {
    for (let chain = this.#news.shift(); chain !== undefined; chain = this.#news.shift()) {
      const own = await self(this.#engine);
      yield { type: "keys", contact: await contactOf(chain, own.chain) };
    }
  }

  async *#connect(state: Connection): AsyncGenerator<FollowEvent, void, undefined> {
    if (this.#connection === state) return;
    this.#connection = state;
    yield { type: "connection", state };
  }
}

/** A change in an event; null for one of a kind that this version does not know. */
function parseChange(data: string): Change | null {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new ClientError("bad_answer", { reason: "event", cause });
  }
  const parsed = changeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { type } = (value ?? {}) as { readonly type?: unknown };
  if (type !== "message" && type !== "conversation") return null;
  throw new ClientError("bad_answer", { reason: "event" });
}

/** Whether it is the connection that failed, or the server for a while: what ends by itself. */
function isBreak(error: unknown): boolean {
  if (error instanceof ClientError) {
    return error.code === "unreachable" || error.code === "bad_answer";
  }
  const passing = ["busy", "rate_limited", "internal", "not_found", "misdirected"];
  return error instanceof ApiError && passing.includes(error.code);
}
