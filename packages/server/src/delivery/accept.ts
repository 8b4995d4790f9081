/**
 * Taking a message in: the one way into a mailbox of this server, for a message of an own user and, with the sender's keys
 * from elsewhere and no copy to keep, for one of another server. Facts are gathered here, judged by the protocol, stored by
 * `deposit`. The order of the checks is that of spec/9.2, step 6: what is cheap and what was answered before come first.
 *
 * Queries before the transaction: 4, for the recipient and for what is known of message and solution, and those of `author`
 * (1 for a user of this server whose chain is known).
 */
import { ApiError } from "@keypears/api";
import {
  type Address,
  type Envelope,
  type Header,
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
import { isAccepted } from "../store/conversations.ts";
import { findAccepted } from "../store/mailbox.ts";
import { type DepositResult, KeysChanged, deposit } from "./deposit.ts";
import type { Party } from "./published-keys.ts";

/** Who wrote, as far as this server can tell: the address and the keys that its domain publishes. */
export interface Author {
  readonly address: Address;
  readonly keys: readonly PublishedKey[];
  /** Where the author's own copy goes; null when the author's mailbox is on another server. */
  readonly mailbox: Party | null;
}

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
 * Judges and stores a message (spec/6.5, spec/7.4, spec/7.6), then wakes whoever reads those mailboxes. A repeat of what is
 * stored changes nothing. Throws ApiError for what is refused.
 */
export async function accept(context: Context, arrival: Arrival): Promise<Accepted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await judgeAndStore(context, arrival);
    } catch (error) {
      if (!(error instanceof KeysChanged)) throw error;
      if (attempt === MOST_ATTEMPTS) throw new ApiError("busy", { retryAfter: 1 });
    }
  }
}

async function judgeAndStore(context: Context, arrival: Arrival): Promise<Accepted> {
  const { store } = context;
  const { envelope, header, solution } = arrival;
  const { sender } = header;
  const { seed, purpose, expiresAt } = solution.challenge;
  const hash = await envelopeHash(envelope, digest);

  const recipient = await findAccount(store.db, header.recipient);
  if (recipient === undefined) throw new ApiError("no_such_user");
  const key = { recipient_id: recipient.id, sender, id: idBytes(header.id) };
  const before = await findAccepted(store.db, key);
  if (before !== undefined) {
    if (equalBytes(before.hash, hash)) return { copy: null, sentRevision: before.sent_revision };
    throw new ApiError("id_conflict");
  }

  const claimedAt = await store.now();
  const binding = await messageBinding(sender, recipient.address, header.id, hash, digest);
  const existing = await findClaim(store.db, seed);
  const verdict = judgeClaim({ existing, binding, resumableUntil: null, now: claimedAt });
  if (verdict !== "claim") throw new ApiError("work_spent");
  const inConversation = await isAccepted(store.db, recipient.id, sender);
  await context.proof.verify(solution, {
    domain: domainOf(recipient.address),
    purposes: inConversation ? ["message", "first-contact"] : ["first-contact"],
    subject: pairSubject(sender, recipient.address),
  });

  const author = await arrival.author();
  const judged = await acceptMessage({
    envelope,
    senderRecords: author.keys,
    recipientRecords: await context.ownKeys.of(store.db, recipient),
    claimedAt,
    expected: { sender: author.address, recipient: recipient.address },
    verify: context.signingKeys.verify,
    digest,
  });
  if (!judged.ok) {
    const { reason } = judged;
    if (reason === "stale_key" || reason === "stale_sender_key") throw new ApiError(reason);
    throw new ApiError("message_refused", { reason });
  }

  const stored = await store.transaction((tx) =>
    deposit(tx, {
      envelope,
      header,
      hash,
      claimedAt,
      sender: author.mailbox,
      recipient,
      payment: { seed, binding, purpose, expiresAt },
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
