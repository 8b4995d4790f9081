/**
 * What this device has seen of conversations: what the next message names as seen, and whether something is missing.
 * @module spec/6.3
 */
import type { StoredMessage } from "@keypears/api";
import {
  type Address,
  type After,
  type Hash,
  type Id,
  MOST_AFTER,
  boxHash,
  idTime,
  judgeAfter,
} from "@keypears/protocol";
import type { OpenedMessage } from "./open.ts";
import type { MessageView } from "./views.ts";

/** How far ahead of its arrival the time in an id may be, in milliseconds (spec/6.6). */
const MOST_AHEAD = 5 * 60_000;
/** How many conversations, and how many messages of each, are remembered at once. */
const MOST_CONVERSATIONS = 500;
const MOST_MESSAGES = 1000;

/** What is remembered of one message. */
interface SeenMessage {
  readonly id: Id;
  readonly revision: number;
  readonly changed: number;
  readonly receivedAt: number;
  /** SHA-256 of its box; null once it is erased. */
  readonly hash: Hash | null;
  /**
   * Whether it can be named in `after`: it was judged genuine, and has arrived. Until then it may be sealed again, and would
   * seem to be two messages.
   */
  readonly nameable: boolean;
}

/** What is remembered of a message that was opened. */
export function seenMessage({ view, hash }: OpenedMessage): SeenMessage {
  const { id, revision, changed, receivedAt, verified, state } = view;
  return { id, revision, changed, receivedAt, hash, nameable: verified && state === "delivered" };
}

/** What is remembered of a message that others refer to, and that is not to be shown now. */
export async function glimpse(message: StoredMessage): Promise<SeenMessage> {
  const { id, revision, changed, receivedAt, envelope } = message;
  const hash = envelope === null ? null : await boxHash(envelope.box);
  return { id, revision, changed, receivedAt, hash, nameable: false };
}

/** A stretch of a conversation without a gap. */
export class History {
  readonly #messages = new Map<Id, SeenMessage>();
  /** Whether it begins with the first message that there is. */
  readonly #whole: boolean;
  #oldest: SeenMessage | null = null;

  constructor(messages: Iterable<SeenMessage>, whole: boolean) {
    this.#whole = whole;
    for (const message of messages) this.add(message);
  }

  /** Takes in a message, new or changed: one that was sent again has another box. What is older than what is known is not. */
  add(message: SeenMessage): void {
    if ((this.#messages.get(message.id)?.changed ?? 0) > message.changed) return;
    this.#messages.set(message.id, message);
    const { revision } = message;
    if (this.#oldest === null || revision < this.#oldest.revision) this.#oldest = message;
  }

  /** Takes in what was heard meanwhile: what came after this stretch, and later forms of what is in it. */
  merge(heard: History): void {
    const newest = Math.max(0, ...[...this.#messages.values()].map(({ revision }) => revision));
    for (const message of heard.#messages.values()) {
      if (message.revision > newest || this.#messages.has(message.id)) this.add(message);
    }
  }

  get size(): number {
    return this.#messages.size;
  }

  /** Whether it has everything that a message's author had seen: then nothing more needs to be read to judge it. */
  hasAll(after: readonly After[]): boolean {
    return after.every(({ id }) => this.#messages.has(id));
  }

  /** The last messages, at most four, for the `after` of the next one (spec/6.3): those alone that can be named. */
  latest(): readonly After[] {
    return [...this.#messages.values()]
      .toSorted((a, b) => a.revision - b.revision)
      .flatMap(({ id, hash, nameable }) => (nameable && hash !== null ? [{ id, hash }] : []))
      .slice(-MOST_AFTER);
  }

  /**
   * A message with what of its author's sight is missing here or different (spec/6.3). What may lie before this stretch does
   * not count.
   */
  judge({ view, after }: OpenedMessage): MessageView {
    if (after.length === 0) return view;
    const seen = new Map<Id, Hash>();
    for (const { id } of after) {
      const hash = this.#messages.get(id)?.hash;
      if (hash) seen.set(id, hash);
    }
    const { missing, different } = judgeAfter(after, seen);
    const absent = missing.filter((id) => !this.#messages.has(id) && this.#reachesBefore(id));
    return { ...view, missing: absent, different };
  }

  /** Whether a message of this id would lie within the stretch, by the time in the id. */
  #reachesBefore(id: Id): boolean {
    if (this.#oldest === null) return false;
    return this.#whole
      ? idTime(id) > idTime(this.#oldest.id)
      : idTime(id) - MOST_AHEAD >= this.#oldest.receivedAt;
  }
}

/** The newest stretch of each conversation, as this engine has read, followed and written it. */
export class Seen {
  readonly #byPeer = new Map<Address, History>();

  of(peer: Address): History | null {
    return this.#byPeer.get(peer) ?? null;
  }

  /** The newest page of a conversation was read. */
  began(peer: Address, history: History): void {
    // A page that was read may be older than what was heard meanwhile.
    const before = this.#byPeer.get(peer);
    if (before !== undefined) history.merge(before);
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, history);
    if (this.#byPeer.size <= MOST_CONVERSATIONS) return;
    const [first] = this.#byPeer.keys();
    if (first !== undefined) this.#byPeer.delete(first);
  }

  /** A message was sent or has arrived. Where nothing of the conversation was read yet, it will be when it is needed. */
  add(peer: Address, message: OpenedMessage): void {
    const history = this.#byPeer.get(peer);
    if (history === undefined) return;
    if (history.size >= MOST_MESSAGES) this.#byPeer.delete(peer);
    else history.add(seenMessage(message));
  }

  clear(): void {
    this.#byPeer.clear();
  }
}
