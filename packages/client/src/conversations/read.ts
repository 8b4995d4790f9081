/**
 * Reading one conversation, page by page.
 * @module spec/6.6
 */
import type { StoredMessage } from "@keypears/api";
import type { Address } from "@keypears/protocol";
import { type Engine, type Self, self } from "../engine.ts";
import { ClientError } from "../errors.ts";
import { History, glimpse, seenMessage } from "./history.ts";
import { type OpenedMessage, openMessages } from "./open.ts";
import type { MessagePage } from "./views.ts";

/** How old a peer's records may be when a conversation is read, in milliseconds. */
const PEER_AGE = 60_000;
/** The most messages in one answer (spec/12.4). */
const PAGE = 100;
/** How many messages are read where the caller does not say. */
const DEFAULT_LIMIT = 50;

/** The newest messages with a peer, or those before a revision (spec/6.6), each judged and opened, the oldest first. */
export async function read(
  engine: Engine,
  options: {
    readonly peer: Address;
    readonly before?: number;
    readonly limit?: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<MessagePage> {
  const { peer, before, limit = DEFAULT_LIMIT, signal } = options;
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError("limit: from 1");
  const me = await self(engine);
  const pages: (readonly OpenedMessage[])[] = [];
  let next: number | null = before ?? Number.MAX_SAFE_INTEGER;
  for (let wanted = limit; wanted > 0 && next !== null;) {
    const page = await fetchPage(engine, { peer, before: next, limit: wanted, signal });
    pages.unshift(await openMessages(engine, me, peer, page.messages, PEER_AGE));
    wanted -= page.messages.length;
    next = page.next;
  }
  const opened = pages.flat();
  const history = await historyOf(engine, { peer, opened, next, signal });
  if (before === undefined) engine.seen.began(peer, history);
  return { messages: opened.map((message) => history.judge(message)), next };
}

/** The newest stretch of a conversation, read if it is not known: what the next message follows on. */
export async function newestStretch(
  engine: Engine,
  me: Self,
  peer: Address,
  limit: number,
): Promise<History> {
  const page = await fetchPage(engine, { peer, before: Number.MAX_SAFE_INTEGER, limit });
  const opened = await openMessages(engine, me, peer, page.messages, PEER_AGE);
  const history = new History(opened.map(seenMessage), page.next === null);
  engine.seen.began(peer, history);
  return history;
}

/** What is known around messages that were read; one page further back where somebody refers to it. */
async function historyOf(
  engine: Engine,
  options: {
    readonly peer: Address;
    readonly opened: readonly OpenedMessage[];
    readonly next: number | null;
    readonly signal: AbortSignal | undefined;
  },
): Promise<History> {
  const { peer, opened, next, signal } = options;
  const entries = opened.map(seenMessage);
  const history = new History(entries, next === null);
  if (next === null || opened.every(({ after }) => history.hasAll(after))) return history;
  const older = await fetchPage(engine, { peer, before: next, limit: PAGE, signal });
  const glimpses = await Promise.all(older.messages.map(glimpse));
  return new History([...glimpses, ...entries], older.next === null);
}

/** One page of messages judged and opened, for whoever goes through all of them. */
export async function readPage(
  engine: Engine,
  me: Self,
  options: {
    readonly peer: Address;
    readonly before: number | null;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly opened: readonly OpenedMessage[]; readonly next: number | null }> {
  const before = options.before ?? Number.MAX_SAFE_INTEGER;
  const { messages, next } = await fetchPage(engine, { ...options, before, limit: PAGE });
  return { opened: await openMessages(engine, me, options.peer, messages, PEER_AGE), next };
}

/** One page as the server gives it, in order and not longer than asked for, or `bad_answer`. */
async function fetchPage(
  engine: Engine,
  options: {
    readonly peer: Address;
    readonly before: number;
    readonly limit: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly messages: readonly StoredMessage[]; readonly next: number | null }> {
  const { peer, before, signal } = options;
  const limit = Math.min(options.limit, PAGE);
  const newest = before === Number.MAX_SAFE_INTEGER;
  const { messages, next } = await engine.api.messages.listMessages(
    newest ? { peer, limit } : { peer, before, limit },
    { signal },
  );
  if (messages.length > limit) throw new ClientError("bad_answer", { reason: "messages" });
  let last = 0;
  for (const message of messages) {
    if (message.revision <= last) throw new ClientError("bad_answer", { reason: "revision" });
    last = message.revision;
  }
  const [oldest] = messages;
  // Each page has to lead further back, or a server could keep a reader going for ever.
  const leads = oldest !== undefined && last < before && (next ?? 0) <= oldest.revision;
  if (next !== null && !leads) throw new ClientError("bad_answer", { reason: "next" });
  return { messages, next };
}
