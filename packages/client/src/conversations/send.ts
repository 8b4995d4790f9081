/**
 * The one send flow, whatever is sent and whoever sends it, for the first time or again: the recipient's keys, a challenge,
 * the work, the seal, the handing over. It repeats by itself what can be repeated without sending anything twice.
 * @module spec/6
 */
import { ApiError, type StoredMessage } from "@keypears/api";
import {
  type Address,
  CONTENT_BYTES,
  type Challenge,
  type Content,
  type Envelope,
  type Id,
  MIN_LIFETIME,
  type OpenKeySet,
  type Solution,
  domainOf,
  encodeContent,
  equalBytes,
  makeId,
  pairSubject,
  seal,
  signChallengeRequest,
} from "@keypears/protocol";
import { needsNewWork } from "../account/prove.ts";
import { checkChallenge, checkPrice, solve } from "../account/work.ts";
import { waitOf } from "../api.ts";
import { type Directory, type KnownChain, isSound, refusalOf } from "../directory.ts";
import { type Engine, OWN_AGE, type Self, self, writingSet } from "../engine.ts";
import { ClientError } from "../errors.ts";
import { growingPause } from "../pause.ts";
import type { LongOptions } from "../progress.ts";
import { openMessages } from "./open.ts";
import { newestStretch } from "./read.ts";
import type { MessageView } from "./views.ts";

/** How old a recipient's records may be, in milliseconds. The challenge says which is the newest, so an older one is noticed. */
const PEER_AGE = 60_000;
/** How often one envelope is handed over while the network fails, and the pauses between, in milliseconds. */
const MOST_TRIES = 5;
const FIRST_PAUSE = 500;
const MOST_PAUSE = 8_000;
/** How much of a conversation is read for what the message follows on. */
const STRETCH = 4;

/** What a message to somebody costs, and the challenge that fixes it (spec/7.5). */
export interface Quote {
  readonly to: Address;
  readonly purpose: "first-contact" | "message";
  /** Expected hashes. */
  readonly difficulty: number;
  readonly challenge: Challenge;
}

/** Work done ahead, for one message to `to` (spec/7.2). */
export interface Prepared {
  readonly to: Address;
  readonly purpose: "first-contact" | "message";
  readonly solution: Solution;
}

/** For how long the asking before a message is handed over is repeated, and the first pause, in milliseconds. */
const MOST_BREAK = 3_000;
const FIRST_BREAK = 200;

/** How far back one's own copy of a message is looked for: so many pages of so many messages. */
const MOST_COPY_PAGES = 10;
const COPY_PAGE = 100;

/** What to send. */
export interface Draft {
  readonly to: Address;
  readonly text: string;
  /** The message that this one answers. */
  readonly ref?: Id;
  /** When both servers drop it, in milliseconds since 1970 (spec/6.7). */
  readonly deleteAfter?: number;
  /** The id of a message that was tried before and may have arrived: it arrives once. */
  readonly id?: Id;
}

/** What the next message to somebody costs now (spec/7.5). */
export async function quote(engine: Engine, to: Address, signal?: AbortSignal): Promise<Quote> {
  for (let tries = 1; ; tries++) {
    const me = await self(engine, tries === 1 ? OWN_AGE : 0);
    refuseOneself(me, to);
    try {
      return await askForChallenge(engine, me, to, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "request_refused") throw error;
      if (error.reason === "time") throw clockFault(me, to, error);
      // Another key set may have become the active one: looked up once more.
      if (tries > 1) throw error;
    }
  }
}

async function askForChallenge(
  { api, directory, ports }: Engine,
  me: Self,
  to: Address,
  signal: AbortSignal | undefined,
): Promise<Quote> {
  const { signingKey } = writingSet(me);
  const sender = me.address;
  const known = await soundChain(directory, to, PEER_AGE);
  const time = ports.clock.now();
  const signature = await signChallengeRequest({ sender, recipient: to, time, signingKey });
  const { challenge, recipientKey } = await api.messages.requestChallenge(
    { recipient: to, time, signature },
    { signal },
  );
  checkChallenge(challenge, {
    domain: domainOf(to),
    purposes: ["first-contact", "message"],
    subject: pairSubject(sender, to),
  });
  const names = (chain: KnownChain): boolean =>
    chain.shown.some(
      ({ number, hash }) => number === recipientKey.number && equalBytes(hash, recipientKey.hash),
    );
  // What is asked for after the challenge has to have the record that the challenge names.
  if (!names(known) && !names(await soundChain(directory, to, 0))) {
    throw new ClientError("challenge_refused", { reason: "recipientKey" });
  }
  const purpose = challenge.purpose === "message" ? "message" : "first-contact";
  return { to, purpose, difficulty: challenge.difficulty, challenge };
}

/** The chain of a recipient to whom messages are sent; else the reason why not (spec/4.5). */
async function soundChain(
  directory: Directory,
  address: Address,
  maxAge: number,
): Promise<KnownChain> {
  const chain = await directory.chainToWrite(address, maxAge);
  if (!isSound(chain.state)) throw refusalOf(chain);
  // A chain that begins with its revocation has no keys either.
  if (!chain.shown.at(-1)?.keys) throw new ClientError("keys_revoked");
  return chain;
}

/** Does the work of a message ahead (spec/7.2). */
export async function prepare(
  engine: Engine,
  options: LongOptions & { readonly to: Address; readonly quote?: Quote | undefined },
): Promise<Prepared> {
  const { to, signal, onProgress } = options;
  const { miner } = engine.ports;
  // The challenge is asked for when its turn has come, so that it does not age while others are mined.
  return engine.mining.pass(signal, async () => {
    onProgress?.({ stage: "asking", parts: 0 });
    const asked =
      options.quote?.to === to
        ? options.quote
        : await overABreak(engine, signal, () => quote(engine, to, signal));
    const { challenge, purpose, difficulty } = asked;
    checkPrice(challenge, options.ceiling ?? engine.ceilingOf(purpose));
    const onParts = (parts: number): void => onProgress?.({ stage: "mining", parts, difficulty });
    return { to, purpose, solution: await solve({ challenge, miner, signal, onParts }) };
  });
}

/** Seals and sends a message (spec/6). Messages to one recipient arrive in the order in which this was called. */
export async function send(
  engine: Engine,
  draft: Draft & LongOptions & { readonly prepared?: Prepared | undefined },
  again?: Again,
): Promise<MessageView> {
  const { to, signal, onProgress } = draft;
  const turn = engine.turns.reserve(to);
  try {
    refuseDraft(draft, engine.ports.clock.now());
    refuseOneself(await engine.device.session(), to);
    const id = draft.id ?? makeId(engine.ports.clock.now(), engine.ports.random(10));
    const { solution } = draft.prepared?.to === to ? draft.prepared : await prepare(engine, draft);
    await turn.come(signal);
    onProgress?.({ stage: "sending", parts: 16 });
    const flow = new Flow(engine, draft, id, again);
    const stored = await flow.run(solution);
    const me = await self(engine);
    const [opened] = await openMessages(engine, me, to, [stored], PEER_AGE);
    if (opened === undefined) throw new Error("one message was opened and none came");
    engine.seen.add(to, opened);
    return opened.view;
  } finally {
    turn.done();
  }
}

/** What is known of a message that is sent again: its envelope, where that is good for another time. */
export interface Again {
  readonly envelope: Envelope | null;
}

/** One's own copy of a message that was sent, or null where it is not there or too far back. */
export async function ownCopy(
  { api }: Engine,
  options: {
    readonly peer: Address;
    readonly id: Id;
    /** Where it stands, if that is known. */
    readonly revision?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<StoredMessage | null> {
  const { peer, id, revision, signal } = options;
  const [pages, limit] = revision === undefined ? [MOST_COPY_PAGES, COPY_PAGE] : [1, 1];
  let before = revision === undefined ? undefined : revision + 1;
  for (let page = 0; page < pages; page++) {
    const { messages, next } = await api.messages.listMessages({ peer, before, limit }, { signal });
    const own = messages.find((one) => one.id === id && one.direction === "sent");
    if (own !== undefined) return own;
    if (next === null) break;
    before = next;
  }
  return null;
}

function refuseDraft(draft: Draft, now: number): void {
  if (!draft.text.isWellFormed()) throw new ClientError("message_text");
  if (lengthOf(contentOf(draft)) > CONTENT_BYTES) throw new ClientError("message_too_long");
  const { deleteAfter } = draft;
  if (deleteAfter !== undefined && deleteAfter < now + MIN_LIFETIME) {
    throw new ClientError("delete_after");
  }
}

function refuseOneself({ address }: Pick<Self, "address">, to: Address): void {
  if (address === to) throw new ClientError("same_address");
}

function contentOf({ text, ref }: Draft): Content {
  return { type: "text", text, ...(ref === undefined ? {} : { ref }), after: [] };
}

function lengthOf(content: Content): number {
  return encodeContent(content).length;
}

/** What has been tried once and is not tried again. */
type Remedy = "stale_key" | "stale_sender_key" | "new_work";

/** One message on its way: sealed, handed over, sealed or paid for anew where its server asks for that, each once. */
class Flow {
  readonly #engine: Engine;
  readonly #draft: Draft & LongOptions;
  readonly #id: Id;
  readonly #again: Again | undefined;
  readonly #tried = new Set<Remedy>();
  #ownAge: number;
  #peerAge: number;

  constructor(engine: Engine, draft: Draft & LongOptions, id: Id, again: Again | undefined) {
    this.#engine = engine;
    this.#draft = draft;
    this.#id = id;
    this.#again = again;
    // What is sealed a second time may have failed by old keys.
    this.#ownAge = again === undefined ? OWN_AGE : 0;
    this.#peerAge = again === undefined ? PEER_AGE : 0;
  }

  /** Gives the sender's copy. */
  async run(solution: Solution): Promise<StoredMessage> {
    let work = solution;
    let envelope = this.#again?.envelope ?? null;
    for (;;) {
      envelope ??= await overABreak(this.#engine, this.#draft.signal, () => this.#seal());
      try {
        return await this.#handOver(envelope, work);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.code === "id_conflict") return await this.#copy(error);
        const remedy = this.#remedy(error);
        if (remedy === null) throw await this.#told(error);
        // The same envelope under new work stays the same message. What is sealed again needs work of its own (spec/6.5).
        if (remedy !== "new_work") envelope = null;
        ({ solution: work } = await prepare(this.#engine, this.#draft));
      }
    }
  }

  #remedy(error: ApiError): Remedy | null {
    const { code } = error;
    const stale = code === "stale_key" || code === "stale_sender_key" ? code : null;
    const remedy = stale ?? (needsNewWork(error) ? "new_work" : null);
    if (remedy === null || this.#tried.has(remedy)) return null;
    this.#tried.add(remedy);
    if (remedy === "stale_key") this.#peerAge = 0;
    if (remedy === "stale_sender_key") this.#ownAge = 0;
    return remedy;
  }

  async #seal(): Promise<Envelope> {
    const { directory, ports } = this.#engine;
    const { to, deleteAfter = null } = this.#draft;
    const me = await self(this.#engine, this.#ownAge);
    const set = writingSet(me);
    const { shown } = await soundChain(directory, to, this.#peerAge);
    const newest = shown.at(-1);
    if (!newest?.keys) throw new ClientError("keys_revoked");
    const sentAt = ports.clock.now();
    if (deleteAfter !== null && deleteAfter < sentAt + MIN_LIFETIME) {
      throw new ClientError("delete_after");
    }
    return seal({
      content: await this.#content(me),
      sender: senderOf(me, set),
      recipient: {
        address: to,
        keyNumber: newest.number,
        agreementPublicKey: newest.keys.agreement,
      },
      id: this.#id,
      sentAt,
      deleteAfter,
      random: ports.random,
    });
  }

  /** The content with what was seen of the conversation, as much as has room. */
  async #content(me: Self): Promise<Content> {
    const { to } = this.#draft;
    const known = this.#engine.seen.of(to);
    const history = known ?? (await newestStretch(this.#engine, me, to, STRETCH));
    const content = contentOf(this.#draft);
    for (let after = history.latest(); ; after = after.slice(1)) {
      if (after.length === 0 || lengthOf({ ...content, after }) <= CONTENT_BYTES) {
        return { ...content, after };
      }
    }
  }

  /** Hands an envelope over, again while the network fails: it may have arrived, and arrives once (spec/6.6). */
  async #handOver(envelope: Envelope, solution: Solution): Promise<StoredMessage> {
    const { api, ports } = this.#engine;
    const { to, signal } = this.#draft;
    for (let tries = 1; ; tries++) {
      try {
        const { message } = await api.messages.send(
          { envelope: { ...envelope, wraps: [] }, solution },
          { signal },
        );
        const { id, peer, direction } = message;
        if (id !== this.#id || peer !== to || direction !== "sent") {
          throw new ClientError("bad_answer", { reason: "message" });
        }
        return message;
      } catch (error) {
        if (tries === MOST_TRIES || !mayHaveArrived(error)) throw error;
        const pause = { attempt: tries, first: FIRST_PAUSE, most: MOST_PAUSE };
        const wait = error instanceof Error ? waitOf(error) : null;
        await ports.clock.sleep(wait ?? growingPause(ports.random, pause), signal);
      }
    }
  }

  /** A message of this id is there already: one's own, from an attempt before. */
  async #copy(conflict: ApiError): Promise<StoredMessage> {
    const { to: peer, signal } = this.#draft;
    const own = await ownCopy(this.#engine, { peer, id: this.#id, signal });
    if (own === null) throw conflict;
    return own;
  }

  /** The times of a message are this device's own: where they are refused, a clock is wrong (spec/6.6). */
  async #told(error: ApiError): Promise<Error> {
    const byTime = error.reason === "id_time" || error.reason === "sent_time";
    if (!byTime) return error;
    return clockFault(await self(this.#engine), this.#draft.to, error);
  }
}

/**
 * Asks again where it fails for a moment, as while a server starts anew: nothing has been handed over yet. Gives up soon, so
 * that somebody without a network is told.
 */
async function overABreak<T>(
  { ports }: Pick<Engine, "ports">,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  const { clock, random } = ports;
  const until = clock.now() + MOST_BREAK;
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const pause = Math.max(
        growingPause(random, { attempt, first: FIRST_BREAK, most: MOST_BREAK }),
        error instanceof ApiError ? (error.retryAfter ?? 0) * 1000 : 0,
      );
      if (!isBreak(error) || clock.now() + pause > until) throw error;
      await clock.sleep(pause, signal);
    }
  }
}

/**
 * Whether the own server cannot be reached, or the recipient's asks to wait: what may be over in a moment. Any other fault on
 * the way to another domain is told at once, with its name.
 */
function isBreak(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === "unreachable";
  return (
    error instanceof ApiError && error.code === "domain_unreachable" && error.reason === "busy"
  );
}

function senderOf({ address }: Self, set: OpenKeySet) {
  const { number: keyNumber, agreementKey, signingKey, publicKeys } = set;
  return { address, keyNumber, agreementKey, signingKey, publicKeys };
}

/** Whether the same envelope is worth handing over again: nobody knows what became of it, or the server was busy. */
function mayHaveArrived(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === "unreachable";
  if (!(error instanceof ApiError)) return false;
  return error.code === "internal" || error.code === "work_in_progress" || waitOf(error) !== null;
}

/** A time was refused: of this device's clock and the one of the recipient's server, one is wrong. */
function clockFault({ address }: Pick<Self, "address">, to: Address, cause: ApiError): ClientError {
  const peer = domainOf(to) !== domainOf(address);
  return new ClientError("clock", { cause, ...(peer ? { reason: "peer" } : {}) });
}
