/**
 * The one transaction that stores a message: it spends the solution, judges what only a transaction can judge (whether the
 * message is new, the block, the acceptance, the five), and writes both copies. All of it or nothing.
 *
 * Queries: 9 for a message in a conversation; 11 to 14 for a stranger's; 1 for a repeat.
 */
import {
  type Address,
  type Bytes,
  type Envelope,
  type Hash,
  type Header,
  type PublishedKey,
  type Purpose,
  domainOf,
  equalBytes,
  idBytes,
  inConversation,
} from "@keypears/protocol";
import { isBlocked } from "../store/blocks.ts";
import { insertClaim, spendClaim } from "../store/claims.ts";
import {
  emptyConversation,
  findConversations,
  insertConversation,
  updateConversation,
} from "../store/conversations.ts";
import { deleteIncoming } from "../store/incoming.ts";
import { findAccepted, insertAccepted, insertMessages } from "../store/mailbox.ts";
import type { ConversationRow, MessageRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";
import { addWaiting, release } from "../store/waiting.ts";
import type { Party } from "./published-keys.ts";
import { siteOf } from "./site.ts";

/** How many messages of one stranger wait at a time (spec/7.6). */
const MOST_WAITING = 5;
/** How long a stranger's message waits before it lapses, in milliseconds (spec/7.6). */
const WAITING_LIFETIME = 30 * 24 * 3_600_000;

/** A message that was judged genuine, with the solution that pays for it. */
export interface Deposit {
  readonly envelope: Envelope;
  readonly header: Header;
  readonly hash: Hash;
  readonly claimedAt: number;
  /** Where the sender's copy goes; null when it is kept by another server. */
  readonly sender: Party | null;
  /** The chain of the sender by which the message was judged. */
  readonly senderKeys: readonly PublishedKey[];
  readonly recipient: Party;
  readonly payment: {
    readonly seed: Bytes;
    readonly binding: Hash;
    readonly purpose: Purpose;
    readonly expiresAt: number;
    /** Whether the work was claimed before, with a row of its own (spec/7.4): what comes from another server. */
    readonly isClaimed: boolean;
  };
}

/** A mailbox that has a new revision. */
export interface Advance {
  readonly accountId: number;
  readonly revision: number;
}

export type DepositResult =
  | {
      readonly ok: true;
      /** The sender's copy, made now. Null when the message was stored before, or its sender's copy is elsewhere. */
      readonly copy: MessageRow | null;
      /** Where the sender's copy is; null when it is elsewhere. */
      readonly sentRevision: number | null;
      readonly advances: readonly Advance[];
    }
  | {
      readonly ok: false;
      readonly reason: "id_conflict" | "work_spent" | "purpose" | "too_many_waiting";
    };

/** Thrown to undo a deposit: between judging the message and storing it, an end of it has published another key set. */
export class KeysChanged extends Error {
  override readonly name = "KeysChanged";
}

/** Stores a message (spec/6.6, spec/7.4, spec/7.6). Reads and refuses first; what it then writes stands or falls together. */
export async function deposit(tx: Queries, message: Deposit): Promise<DepositResult> {
  const { header, hash, claimedAt, sender, senderKeys, recipient, payment } = message;
  const refuse = (reason: Extract<DepositResult, { ok: false }>["reason"]): DepositResult => ({
    ok: false,
    reason,
  });
  const id = idBytes(header.id);

  const peer = header.sender;
  const before = await findAccepted(tx, { recipient_id: recipient.id, sender: peer, id });
  if (before !== undefined) {
    if (payment.isClaimed)
      await deleteIncoming(tx, { recipient_id: recipient.id, sender: peer, id });
    return equalBytes(before.hash, hash)
      ? { ok: true, copy: null, sentRevision: before.sent_revision, advances: [] }
      : refuse("id_conflict");
  }
  const [theirs, ours] = await findConversations(tx, [
    { account_id: recipient.id, peer },
    ...(sender === null ? [] : [{ account_id: sender.id, peer: recipient.address }]),
  ]);
  const stranger = !inConversation({
    isAccepted: theirs?.accepted === 1,
    knownNumber: theirs?.peer_number ?? 0,
    senderKeys,
  });
  if (stranger && payment.purpose !== "first-contact") return refuse("purpose");
  const waiting = theirs === undefined ? 0 : theirs.waiting + theirs.waiting_dropped;
  if (stranger && waiting >= MOST_WAITING) return refuse("too_many_waiting");
  const dropped =
    theirs === undefined ? await isBlocked(tx, recipient.id, peer) : theirs.blocked === 1;

  if (payment.isClaimed) {
    await spendClaim(tx, payment.seed);
    await deleteIncoming(tx, { recipient_id: recipient.id, sender: peer, id });
  } else {
    // Nothing outward lies between claim and message, so the claim is made as spent (spec/7.4). The first write of all:
    // where the seed is taken there is nothing to undo.
    const claimed = await insertClaim(tx, {
      seed: payment.seed,
      binding: payment.binding,
      state: "spent",
      leaseUntil: null,
      now: claimedAt,
      expiresAt: payment.expiresAt,
    });
    if (!claimed) return refuse("work_spent");
  }
  const [sentAs, receivedAs] = await advanceBoth(tx, { sender, recipient, dropped });
  await insertAccepted(tx, {
    recipient_id: recipient.id,
    sender: peer,
    id,
    hash,
    received_at: claimedAt,
    received_revision: receivedAs?.revision ?? null,
    sent_revision: sentAs?.revision ?? null,
    waits_until: stranger ? claimedAt + WAITING_LIFETIME : null,
  });
  const sent = sentAs && copyOf(message, sentAs, "sent");
  const received = receivedAs && copyOf(message, receivedAs, "received");
  const copies = [sent, received].filter((row) => row !== null);
  if (copies.length > 0) await insertMessages(tx, copies);
  if (sentAs) await noteSent(tx, sentAs, header, ours);
  const known = senderKeys.at(-1)?.number ?? 0;
  await noteReceived(tx, {
    recipient,
    sender: peer,
    row: theirs,
    stranger,
    known,
    arrival: receivedAs,
  });
  const advances = copies.map((row) => ({ accountId: row.account_id, revision: row.revision }));
  return { ok: true, copy: sent, sentRevision: sent?.revision ?? null, advances };
}

/**
 * Counts up the mailboxes that get a copy, the sender's and the recipient's, null for one that gets none; and makes sure
 * that the key sets of both are still those that the message was judged by.
 */
async function advanceBoth(
  tx: Queries,
  ends: { readonly sender: Party | null; readonly recipient: Party; readonly dropped: boolean },
): Promise<[sender: Advance | null, recipient: Advance | null]> {
  const { sender, recipient, dropped } = ends;
  const here = sender === null ? [recipient] : [sender, recipient];
  const counted = dropped ? here.filter((party) => party !== recipient) : here;
  if (counted.length > 0) {
    await tx
      .updateTable("accounts")
      .set((row) => ({ revision: row("revision", "+", 1) }))
      .where(
        "id",
        "in",
        counted.map(({ id }) => id),
      )
      .execute();
  }
  const rows = await tx
    .selectFrom("accounts")
    .select(["id", "revision", "active_hash"])
    .where(
      "id",
      "in",
      here.map(({ id }) => id),
    )
    .execute();
  const advance = (party: Party | null): Advance | null => {
    if (party === null) return null;
    const row = rows.find(({ id }) => id === party.id);
    if (row === undefined || !equalBytes(row.active_hash, party.active_hash)) {
      throw new KeysChanged();
    }
    return counted.includes(party) ? { accountId: party.id, revision: row.revision } : null;
  };
  return [advance(sender), advance(recipient)];
}

/** A message as the mailbox of one of its ends keeps it. */
export function copyOf(
  message: Pick<Deposit, "envelope" | "header" | "hash" | "claimedAt">,
  { accountId, revision }: Advance,
  direction: "sent" | "received",
): MessageRow {
  const { envelope, header, hash, claimedAt } = message;
  return {
    account_id: accountId,
    revision,
    changed: revision,
    id: idBytes(header.id),
    peer: direction === "sent" ? header.recipient : header.sender,
    direction,
    hash,
    header: envelope.header,
    box: envelope.box,
    signature: envelope.signature,
    received_at: claimedAt,
    state: "delivered",
    step: null,
    reason: null,
    delete_after: header.deleteAfter,
  };
}

/**
 * To write to somebody is to accept them, with the keys that they were written to by: what they have waiting becomes a
 * conversation (spec/7.6).
 */
export async function noteSent(
  tx: Queries,
  { accountId, revision }: Advance,
  { recipient: peer, recipientKeyNumber }: Header,
  row: ConversationRow | undefined,
): Promise<void> {
  const peer_number = Math.max(row?.peer_number ?? 0, recipientKeyNumber);
  const change = { accepted: 1, peer_number, last_revision: revision, changed: revision } as const;
  if (row === undefined) {
    const blocked = await isBlocked(tx, accountId, peer);
    const empty = emptyConversation({ accountId, peer, site: siteOf(domainOf(peer)), blocked });
    return insertConversation(tx, { ...empty, ...change });
  }
  const released = row.accepted === 1 ? {} : await release(tx, row);
  await updateConversation(tx, row, { ...change, ...released });
}

/** A message without arrival was dropped: where strangers are counted it counts, and it leaves no other trace. */
async function noteReceived(
  tx: Queries,
  options: {
    readonly recipient: Party;
    readonly sender: Address;
    readonly row: ConversationRow | undefined;
    readonly stranger: boolean;
    /** The number of the sender's newest keys. */
    readonly known: number;
    readonly arrival: Advance | null;
  },
): Promise<void> {
  const { recipient, sender, row, stranger, arrival } = options;
  if (arrival === null && !stranger) return;
  const site = siteOf(domainOf(sender));
  if (stranger) await addWaiting(tx, recipient.id, site);
  const blocked = arrival === null;
  const known = row ?? emptyConversation({ accountId: recipient.id, peer: sender, site, blocked });
  const counted =
    arrival === null
      ? { waiting_dropped: known.waiting_dropped + 1 }
      : {
          waiting: known.waiting + (stranger ? 1 : 0),
          unread: known.unread + 1,
          last_revision: arrival.revision,
          changed: arrival.revision,
        };
  // Whoever was accepted before a reset is not any more.
  const stands = { accepted: stranger ? 0 : 1, peer_number: options.known } as const;
  if (row === undefined) return insertConversation(tx, { ...known, ...stands, ...counted });
  await updateConversation(tx, row, { ...stands, ...counted });
}
