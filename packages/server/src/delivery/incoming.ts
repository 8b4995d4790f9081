/**
 * What comes in from other servers (spec/9.2, steps 6 and 7): a notification is checked and its work claimed, committed
 * alone; then the message is fetched from whoever serves its sender's domain, judged and stored by the same code as a
 * message of an own user. What is claimed is gone on with, whatever happens to whoever notified, for a day.
 *
 * Queries of a notification: 4 to 6 and a transaction of 3 for the claim; then those of `judgeAndStore`.
 */
import { ApiError, type ErrorCode, type PeerFault, isErrorCode, peerContract } from "@keypears/api";
import {
  type Bytes,
  CLAIM_LEASE,
  type Domain,
  type Envelope,
  type Hash,
  type Header,
  type PublishedKey,
  type Random,
  domainOf,
  envelopeHash,
  equalBytes,
  idBytes,
  idFromBytes,
  messageBinding,
  parseHeader,
  toHex,
} from "@keypears/protocol";
import type { Context } from "../context.ts";
import { digest } from "../digest.ts";
import { callPeer, noteVerified as noteVerifiedPeer } from "../federation/client.ts";
import { getAccount } from "../store/accounts.ts";
import { insertClaim } from "../store/claims.ts";
import {
  INCOMING_LIFETIME,
  type IncomingKey,
  deleteIncoming,
  findIncoming,
  incomingUnderWay,
  insertIncoming,
  leaseIncoming,
  refuseIncoming,
  releaseAllIncoming,
  releaseIncoming,
  setPullToken,
} from "../store/incoming.ts";
import type { IncomingRow } from "../store/schema.ts";
import { type Announced, findMessage, judgeAndStore, judgePayment } from "./accept.ts";
import { KeysChanged } from "./deposit.ts";
import { type Later, Rounds, type Turn } from "./rounds.ts";

/** How long a notification waits for its message to be stored before it is told how far it is, in milliseconds. */
const ANSWER_WITHIN = 4_000;

/** How far a message has come at its recipient's server. */
export type Progress =
  | { readonly kind: "delivered" }
  | {
      readonly kind: "pending";
      readonly step: "notified" | "pulled";
      readonly reason: PeerFault | null;
    }
  | { readonly kind: "refused"; readonly error: ApiError };

/** A notification: what is announced, and the token by which it is fetched. */
export interface Notification extends Announced {
  readonly pullToken: Bytes;
}

export class Incoming {
  readonly #context: () => Context;
  readonly #rounds: Rounds;
  readonly #later: Later;
  /** Who waits for which message. */
  readonly #waiting = new Map<string, Set<(progress: Progress) => void>>();

  constructor(options: {
    readonly context: () => Context;
    readonly later: Later;
    readonly random: Random;
  }) {
    this.#context = options.context;
    this.#later = options.later;
    this.#rounds = new Rounds({
      later: options.later,
      random: options.random,
      onError: (error) => this.#context().log.error({ err: error }, "an incoming message failed"),
    });
  }

  /**
   * Takes a notification in and says how far its message has come, within four seconds. Throws ApiError for what is refused
   * before its work is claimed; nothing is stored of that.
   */
  async notify(notification: Notification): Promise<Progress> {
    const context = this.#context();
    await context.reached("notified");
    const claimed = await claim(context, notification);
    if (claimed.kind !== "claimed") return claimed;
    const { domain, key, isHeld } = claimed;
    const progress = this.#next(key);
    this.#add(domain, key, isHeld);
    // Whoever has paid for a message shows that its domain is there.
    this.#rounds.wake(domain);
    return progress;
  }

  /** A domain has shown itself: what waits for it is tried now. */
  wake(domain: Domain): void {
    this.#rounds.wake(domain);
  }

  /** Whether anything of a domain is under way or waits. */
  isBusy(domain: Domain): boolean {
    return this.#rounds.isBusy(domain);
  }

  /** Takes up what a stop has left. The database is this server's own: nobody else holds anything. */
  async resume(): Promise<void> {
    const { store } = this.#context();
    await store.transaction(releaseAllIncoming);
    for (const { domain, ...key } of await incomingUnderWay(store.db)) {
      this.#add(domain, key, false);
    }
  }

  /** Begins nothing any more, and waits for what is under way. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  #add(domain: Domain, key: IncomingKey, held: boolean): void {
    const name = nameOf(key);
    const lease = { isHeld: held };
    this.#rounds.add(domain, name, async () => {
      const { turn, progress } = await fetchAndStore(this.#context(), key, lease);
      for (const tell of this.#waiting.get(name) ?? []) tell(progress);
      return turn;
    });
  }

  /** What becomes of a message next, unless that takes too long. */
  async #next(key: IncomingKey): Promise<Progress> {
    const name = nameOf(key);
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting);
    const { promise, resolve } = Promise.withResolvers<Progress>();
    waiting.add(resolve);
    const cancel = this.#later(ANSWER_WITHIN, () =>
      resolve({ kind: "pending", step: "notified", reason: null }),
    );
    const progress = await promise;
    cancel();
    waiting.delete(resolve);
    if (waiting.size === 0) this.#waiting.delete(name);
    return progress;
  }
}

function nameOf({ recipient_id, sender, id }: IncomingKey): string {
  return `${recipient_id} ${sender} ${toHex(id)}`;
}

/** Checks a notification and claims its work; gives at once what is known of a message that came before. */
async function claim(
  context: Context,
  notification: Notification,
): Promise<
  | Progress
  | {
      readonly kind: "claimed";
      readonly domain: Domain;
      readonly key: IncomingKey;
      readonly isHeld: boolean;
    }
> {
  const { store } = context;
  const { sender, id, hash, pullToken, solution } = notification;
  const { recipient, stored } = await findMessage(context, notification);
  if (stored !== null) return { kind: "delivered" };
  const key = { recipient_id: recipient.id, sender, id: idBytes(id) };
  const domain = domainOf(sender);
  const existing = await knownJob(context, key);
  const isSame = existing !== undefined && equalBytes(existing.hash, hash);
  if (existing !== undefined && existing.code === null) {
    if (!isSame) throw new ApiError("id_conflict");
    // Begun anew by its server: only with work for this very message is another token taken.
    if (!equalBytes(existing.pull_token, pullToken)) {
      const { verdict } = await judgePayment(context, recipient, notification);
      if (verdict === "other" || verdict === "same") throw new ApiError("work_spent");
      await store.transaction((tx) => setPullToken(tx, key, pullToken));
    }
    return { kind: "claimed", domain, key, isHeld: false };
  }
  const { seed, purpose, expiresAt } = solution.challenge;
  if (existing !== undefined && isSame && equalBytes(existing.seed, seed)) {
    return { kind: "refused", error: refusalOf(existing) };
  }
  const { verdict, now, payment } = await judgePayment(context, recipient, notification);
  if (verdict !== "claim") throw new ApiError("work_spent");
  const expires = now + INCOMING_LIFETIME;
  const won = await store.transaction(async (tx) => {
    const { binding } = payment;
    const claimed = await insertClaim(tx, {
      seed,
      binding,
      state: "claimed",
      leaseUntil: null,
      now,
      // Kept as long as its job.
      expiresAt: Math.max(expiresAt, expires),
    });
    if (!claimed) return false;
    if (existing !== undefined) await deleteIncoming(tx, key);
    await insertIncoming(tx, {
      ...key,
      domain,
      hash,
      seed,
      purpose,
      pull_token: pullToken,
      claimed_at: now,
      expires_at: expires,
      lease_until: now + CLAIM_LEASE,
      code: null,
      reason: null,
    });
    return true;
  });
  // Somebody came at the same moment and was first: with the same notification, whose job it now is, or with the same work.
  if (!won) return claim(context, notification);
  await context.reached("claimed");
  return { kind: "claimed", domain, key, isHeld: true };
}

/** The job of a message. One whose day is over stands no more in the way of new work than one that was refused. */
async function knownJob({ store }: Context, key: IncomingKey): Promise<IncomingRow | undefined> {
  const row = await findIncoming(store.db, key);
  const isLapsed = row !== undefined && row.code === null && (await store.now()) > row.expires_at;
  return isLapsed ? { ...row, code: "work_spent" } : row;
}

function refusalOf({ code, reason }: IncomingRow): ApiError {
  const known: ErrorCode = code !== null && isErrorCode(code) ? code : "message_refused";
  return new ApiError(known, reason === null ? {} : { reason });
}

interface Step {
  readonly turn: Turn;
  readonly progress: Progress;
}

/** Whether this node holds a message. After a fault of its own it still does, when the turn comes again. */
interface Lease {
  isHeld: boolean;
}

/** One attempt at a claimed message: fetch it, judge it, store it (spec/9.2, steps 6 and 7). */
async function fetchAndStore(context: Context, key: IncomingKey, lease: Lease): Promise<Step> {
  const { store } = context;
  const row = await findIncoming(store.db, key);
  const now = await store.now();
  if (row === undefined) return { turn: { kind: "done" }, progress: { kind: "delivered" } };
  if (row.code !== null) return refused(refusalOf(row));
  if (now > row.expires_at) return refused(new ApiError("work_spent"));
  if (!lease.isHeld) {
    const until = now + CLAIM_LEASE;
    lease.isHeld = await store.transaction((tx) => leaseIncoming(tx, key, { now, until }));
    if (!lease.isHeld) return { turn: { kind: "later" }, progress: pending("notified", null) };
  }
  try {
    const fetched = await fetch(context, row);
    if (!fetched.ok) {
      await store.transaction((tx) => releaseIncoming(tx, key));
      lease.isHeld = false;
      const { fault, retryAfter, step } = fetched;
      return {
        turn: retryAfter === undefined ? { kind: "fault" } : { kind: "fault", retryAfter },
        progress: pending(step, fault),
      };
    }
    await judge(context, row, fetched.message);
    await context.reached("stored");
    noteVerified(context, row.domain);
    return { turn: { kind: "done" }, progress: { kind: "delivered" } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, reason = null } = error;
    await store.transaction((tx) => refuseIncoming(tx, key, { code, reason }));
    return refused(error);
  }
}

function refused(error: ApiError): Step {
  return { turn: { kind: "done" }, progress: { kind: "refused", error } };
}

function pending(step: "notified" | "pulled", reason: PeerFault | null): Progress {
  return { kind: "pending", step, reason };
}

/** A message that was fetched and is the one that was announced. */
interface Fetched {
  readonly envelope: Envelope;
  readonly header: Header;
  readonly keys: readonly PublishedKey[];
}

/** Fetches a message, and its sender's keys, from whoever serves the sender's domain. Throws ApiError for what ends it. */
async function fetch(
  context: Context,
  row: IncomingRow,
): Promise<
  | { readonly ok: true; readonly message: Fetched }
  | {
      readonly ok: false;
      readonly step: "notified" | "pulled";
      readonly fault: PeerFault;
      readonly retryAfter?: number;
    }
> {
  const { federation, limits } = context;
  if (federation === null) throw new ApiError("federation_unavailable");
  if (!limits.has("delivery", "", row.domain)) {
    return { ok: false, step: "notified", fault: "busy" };
  }
  // What the caller says about itself counts for nothing.
  const found = await federation.discovery.find(row.domain, { cause: "arrival", again: true });
  if (!found.ok) return { ...found, step: "notified" };
  await context.reached("resolved");
  const answer = await callPeer(
    federation,
    row.domain,
    peerContract.federation.pull,
    { pullToken: row.pull_token },
    { cause: "arrival" },
  );
  if (!answer.ok) {
    if (answer.kind === "fault") return { ...answer, step: "notified" };
    throw new ApiError("pull_refused", { reason: answer.error.code });
  }
  await context.reached("pulled");
  const { envelope, senderKey } = answer.output;
  if (!equalBytes(await envelopeHash(envelope, digest), row.hash)) {
    throw new ApiError("pull_refused", { reason: "hash" });
  }
  const header = parseHeader(envelope.header);
  if (header === null) throw new ApiError("message_refused", { reason: "encoding" });
  if (header.id !== idFromBytes(row.id)) throw new ApiError("message_refused", { reason: "id" });
  const chain = await federation.peerKeys.of(row.sender, { cause: "arrival", newest: senderKey });
  if (chain.ok) return { ok: true, message: { envelope, header, keys: chain.keys } };
  if (chain.kind === "fault") return { ...chain, step: "pulled" };
  throw new ApiError("message_refused", { reason: "sender_key" });
}

/** How often a message is judged again because the recipient's keys changed meanwhile. */
const MOST_ATTEMPTS = 5;

/** Judges and stores what was fetched (spec/6.5). Throws ApiError for what is refused. */
async function judge(
  context: Context,
  row: IncomingRow,
  { envelope, header, keys }: Fetched,
): Promise<void> {
  const { store } = context;
  const hash = row.hash as Hash;
  for (let attempt = 1; ; attempt++) {
    const recipient = await getAccount(store.db, row.recipient_id);
    const binding = await messageBinding(row.sender, recipient.address, header.id, hash, digest);
    try {
      await judgeAndStore(context, {
        envelope,
        header,
        hash,
        author: { address: row.sender, keys, mailbox: null },
        recipient,
        claimedAt: row.claimed_at,
        payment: {
          seed: row.seed,
          binding,
          purpose: row.purpose,
          expiresAt: row.expires_at,
          isClaimed: true,
        },
        onJudged: () => context.reached("judged"),
      });
      return;
    } catch (error) {
      if (!(error instanceof KeysChanged) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** What is verified counts for the domain, and no longer against anybody. */
function noteVerified(context: Context, domain: Domain): void {
  context.limits.count("delivery", "", domain);
  context.outbox.wake(domain);
  if (context.federation !== null) void noteVerifiedPeer(context.federation, domain);
}
