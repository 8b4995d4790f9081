/**
 * Taking a message in: the one way into a mailbox of this server, for a message of an own user and for one of another
 * server. Facts are gathered here, judged by the protocol, stored by `deposit`. The order of the checks is that of spec/9.2,
 * step 6: what is cheap and what was answered before come first. For an own user all of it follows at once (`accept`); for
 * another server the claim and the pulling of the message lie between (`incoming.ts`).
 *
 * Queries before the transaction: 4, for the recipient and for what is known of message and solution, and those of `author`
 * (1 for a user of this server whose chain is known).
 */
import { ApiError } from "@keypears/api";
import {
  type Address,
  type Claim,
  type Envelope,
  type Hash,
  type Header,
  type Id,
  type PublishedKey,
  type Solution,
  acceptMessage,
  domainOf,
  envelopeHash,
  equalBytes,
  idBytes,
  judgeClaim,
  messageBinding,
  pairSubject,
} from "@keypears/protocol";
import type { Context } from "../context.ts";
import { digest } from "../digest.ts";
import { findAccount } from "../store/accounts.ts";
import { findClaim } from "../store/claims.ts";
import { standingOf } from "../store/conversations.ts";
import { findAccepted } from "../store/mailbox.ts";
import type { AcceptedMessageRow, AccountRow } from "../store/schema.ts";
import { type Deposit, type DepositResult, KeysChanged, deposit } from "./deposit.ts";
import type { Party } from "./published-keys.ts";

/** Who wrote, as far as this server can tell: the address and the keys that its domain publishes. */
export interface Author {
  readonly address: Address;
  readonly keys: readonly PublishedKey[];
  /** Where the author's own copy goes; null when the author's mailbox is on another server. */
  readonly mailbox: Party | null;
}

/** A message that is announced: what it is called, and the work that pays for it. */
export interface Announced {
  readonly sender: Address;
  readonly recipient: Address;
  readonly id: Id;
  /** SHA-256(header ‖ box). */
  readonly hash: Hash;
  readonly solution: Solution;
}

/** A message as an own user hands it over. */
export interface Arrival {
  readonly envelope: Envelope;
  /** What the envelope's header says; its sender was compared with who hands it over. */
  readonly header: Header;
  readonly solution: Solution;
  /** Read anew when a key set changes while the message is judged. */
  readonly author: () => Promise<Author>;
}

/** What has become of a message that was accepted, now or before. */
export type Accepted = Pick<Extract<DepositResult, { ok: true }>, "copy" | "sentRevision">;

/** How often a message is judged again because somebody's keys changed meanwhile. */
const MOST_ATTEMPTS = 5;

/**
 * Judges and stores a message of an own user for another one (spec/6.5, spec/7.4, spec/7.6), then wakes whoever reads those
 * mailboxes. A repeat of what is stored changes nothing. Throws ApiError for what is refused.
 */
export async function accept(context: Context, arrival: Arrival): Promise<Accepted> {
  const { envelope, header, solution, author } = arrival;
  const hash = await envelopeHash(envelope, digest);
  const { sender, recipient, id } = header;
  const announced = { sender, recipient, id, hash, solution };
  for (let attempt = 1; ; attempt++) {
    const known = await findMessage(context, announced);
    if (known.stored !== null) return { copy: null, sentRevision: known.stored.sent_revision };
    const { recipient: account } = known;
    const payment = await judgePayment(context, account, announced);
    if (payment.verdict !== "claim") throw new ApiError("work_spent");
    try {
      return await judgeAndStore(context, {
        envelope,
        header,
        hash,
        author: await author(),
        recipient: account,
        claimedAt: payment.now,
        payment: { ...payment.payment, isClaimed: false },
      });
    } catch (error) {
      if (!(error instanceof KeysChanged)) throw error;
      if (attempt === MOST_ATTEMPTS) throw new ApiError("busy", { retryAfter: 1 });
    }
  }
}

/**
 * The recipient of a message, and what was stored of it before. Throws `no_such_user`, or `id_conflict` where another
 * message of this id is stored.
 */
export async function findMessage(
  { store }: Context,
  { sender, recipient: address, id, hash }: Announced,
): Promise<{ readonly recipient: AccountRow; readonly stored: AcceptedMessageRow | null }> {
  const recipient = await findAccount(store.db, address);
  if (recipient === undefined) throw new ApiError("no_such_user");
  const key = { recipient_id: recipient.id, sender, id: idBytes(id) };
  const stored = await findAccepted(store.db, key);
  if (stored !== undefined && !equalBytes(stored.hash, hash)) throw new ApiError("id_conflict");
  return { recipient, stored: stored ?? null };
}

/** What the work of a message is worth: verified where nobody has claimed it, else what the claim says (spec/7.4). */
export async function judgePayment(
  context: Context,
  recipient: AccountRow,
  { sender, id, hash, solution }: Announced,
): Promise<{
  readonly verdict: ReturnType<typeof judgeClaim>;
  readonly existing: Claim | null;
  /** Database time, which becomes the time of the claim. */
  readonly now: number;
  readonly payment: Omit<Deposit["payment"], "isClaimed">;
}> {
  const { proof, store } = context;
  const { seed, purpose, expiresAt } = solution.challenge;
  const now = await store.now();
  const binding = await messageBinding(sender, recipient.address, id, hash, digest);
  const existing = await findClaim(store.db, seed);
  const verdict = judgeClaim({ existing, binding, resumableUntil: null, now });
  if (verdict === "claim") {
    // A reset of the sender's keys since is seen when the message is stored.
    const { isAccepted } = await standingOf(store.db, recipient.id, sender);
    await proof.verify(solution, {
      domain: domainOf(recipient.address),
      purposes: isAccepted ? ["message", "first-contact"] : ["first-contact"],
      subject: pairSubject(sender, recipient.address),
    });
  }
  return { verdict, existing, now, payment: { seed, binding, purpose, expiresAt } };
}

/** A message that is here, with everything that it is judged by. */
export interface Judged {
  readonly envelope: Envelope;
  readonly header: Header;
  readonly hash: Hash;
  readonly author: Author;
  readonly recipient: Party;
  /** When the work was claimed. */
  readonly claimedAt: number;
  readonly payment: Deposit["payment"];
  /** Called between the judgment and the storing. */
  readonly onJudged?: () => void | Promise<void>;
}

/**
 * Applies the one rule (spec/6.5), stores what it accepts and wakes whoever reads those mailboxes. Throws ApiError for what
 * is refused, and KeysChanged where somebody's keys changed between the two.
 */
export async function judgeAndStore(context: Context, message: Judged): Promise<Accepted> {
  const { store } = context;
  const { envelope, header, hash, author, recipient, claimedAt, payment } = message;
  const judged = await acceptMessage({
    envelope,
    senderRecords: author.keys,
    recipientRecords: await context.ownKeys.of(store.db, recipient),
    claimedAt,
    expected: { sender: author.address, recipient: recipient.address, id: header.id },
    verify: context.signingKeys.verify,
    digest,
  });
  if (!judged.ok) throw refusalFor(judged.reason);
  await message.onJudged?.();

  const { mailbox: sender } = author;
  const stored = await store.transaction((tx) =>
    deposit(tx, {
      envelope,
      header,
      hash,
      claimedAt,
      sender,
      senderKeys: author.keys,
      recipient,
      payment,
    }),
  );
  if (!stored.ok) {
    if (stored.reason === "purpose") throw new ApiError("work_refused", { reason: "purpose" });
    throw new ApiError(stored.reason);
  }
  for (const { accountId, revision } of stored.advances) {
    context.events.publish(accountId, revision);
  }
  return stored;
}

/** The error for what the one rule refuses. */
export function refusalFor(
  reason: Extract<Awaited<ReturnType<typeof acceptMessage>>, { ok: false }>["reason"],
): ApiError {
  if (reason === "stale_key" || reason === "stale_sender_key") return new ApiError(reason);
  return new ApiError("message_refused", { reason });
}
