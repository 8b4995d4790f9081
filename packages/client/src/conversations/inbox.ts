/**
 * The lists of conversations and requests, and what one can do with one: accept, decline, mark as read, block.
 * @module spec/7.6
 */
import type { Conversation, Output, contract } from "@keypears/api";
import type { Address, Domain } from "@keypears/protocol";
import { type Engine, type Self, self } from "../engine.ts";
import { ClientError } from "../errors.ts";
import { Gate } from "../gate.ts";
import { openMessages } from "./open.ts";
import type { ConversationPage, ConversationView } from "./views.ts";

/** How old a peer's records may be for a preview in a list, in milliseconds: a list has many peers. */
const PREVIEW_AGE = 3_600_000;
/** How many peers' records are asked for at once. */
const LOOKUPS = 6;
/** How many conversations a page has where the caller does not say, and at most (spec/12.4). */
const DEFAULT_LIMIT = 50;
const PAGE = 100;

type List = "listConversations" | "listRequests";

/** A page of conversations or requests, the latest first, each with its last message judged and opened. */
export async function list(
  engine: Engine,
  which: List,
  options: { readonly before?: number; readonly limit?: number } = {},
): Promise<ConversationPage> {
  const me = await self(engine);
  const page = await fetchList(engine, which, { limit: DEFAULT_LIMIT, ...options });
  const gate = new Gate(LOOKUPS);
  const conversations = await Promise.all(
    page.conversations.map((one) => gate.pass(undefined, () => conversationView(engine, me, one))),
  );
  return { conversations, next: page.next };
}

/** Every conversation and request there is, the latest first, a page in memory at a time. */
export async function* everyPeer(
  engine: Engine,
  signal: AbortSignal | undefined,
): AsyncGenerator<Address, void, undefined> {
  for (const which of ["listConversations", "listRequests"] as const) {
    let next: number | undefined;
    do {
      signal?.throwIfAborted();
      const limit = DEFAULT_LIMIT;
      const page = await fetchList(
        engine,
        which,
        next === undefined ? { limit } : { limit, before: next },
      );
      for (const { peer } of page.conversations) yield peer;
      next = page.next ?? undefined;
    } while (next !== undefined);
  }
}

/** One page as the server gives it, not longer than asked for and leading on, or `bad_answer`. */
async function fetchList(
  engine: Engine,
  which: List,
  options: { readonly before?: number; readonly limit: number },
): Promise<Output<typeof contract.messages.listConversations>> {
  const limit = Math.min(options.limit, PAGE);
  const page = await engine.api.messages[which]({ ...options, limit });
  checkPage(page, limit, options.before ?? Infinity);
  return page;
}

function checkPage(
  { conversations, next }: Output<typeof contract.messages.listConversations>,
  limit: number,
  before: number,
): void {
  if (conversations.length > limit) {
    throw new ClientError("bad_answer", { reason: "conversations" });
  }
  const leads = conversations.length > 0 && (next ?? 0) < before;
  if (next !== null && !leads) throw new ClientError("bad_answer", { reason: "next" });
}

/** A conversation as it is shown, with its last message judged and opened. */
export async function conversationView(
  engine: Engine,
  me: Self,
  conversation: Conversation,
): Promise<ConversationView> {
  const { lastMessage, ...rest } = conversation;
  const opened =
    lastMessage === null
      ? []
      : await openMessages(engine, me, conversation.peer, [lastMessage], PREVIEW_AGE);
  return { ...rest, last: opened[0]?.view ?? null };
}

/** Accepts a stranger (spec/7.6). */
export async function accept(engine: Engine, peer: Address): Promise<ConversationView> {
  return changed(engine, peer, await engine.api.messages.accept({ peer }));
}

/** Deletes what a stranger has waiting (spec/7.6). */
export async function decline(engine: Engine, peer: Address): Promise<ConversationView> {
  return changed(engine, peer, await engine.api.messages.decline({ peer }));
}

/** Moves the read marker (spec/6.6). */
export async function markRead(
  engine: Engine,
  peer: Address,
  revision: number,
): Promise<ConversationView> {
  return changed(engine, peer, await engine.api.messages.markRead({ peer, revision }));
}

async function changed(
  engine: Engine,
  peer: Address,
  { conversation }: { readonly conversation: Conversation },
): Promise<ConversationView> {
  if (conversation.peer !== peer) throw new ClientError("bad_answer", { reason: "peer" });
  return conversationView(engine, await self(engine), conversation);
}

/** A blocked address or domain. */
export interface BlockView {
  readonly target: Address | Domain;
  readonly since: number;
}

/** What is blocked (spec/7.6). */
export async function listBlocks({ api }: Engine): Promise<readonly BlockView[]> {
  return (await api.messages.listBlocks({})).blocks;
}
