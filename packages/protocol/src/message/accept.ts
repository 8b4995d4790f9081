/**
 * The one rule: what every server, local or federated, and every reader asks of a message before it counts as genuine.
 * @module spec/6.5
 */
import type { Address } from "../address.ts";
import { equalBytes } from "../bytes/encoding.ts";
import { type Id, idTime } from "../bytes/id.ts";
import type { CheckedRecord, Reason } from "../identity/record.ts";
import {
  BOX_OVERHEAD,
  type Hash,
  type PublicDigest,
  SIGNATURE_BYTES,
  SUITE,
  type VerifySignature,
  sha256,
  verifyBytes,
} from "../keys.ts";
import { MAX_PADDED, MIN_PADDED } from "./content.ts";
import {
  type Envelope,
  HEADER_BYTES,
  type Header,
  conversationId,
  envelopeHash,
  headerSuite,
  parseHeader,
} from "./header.ts";
import { MIN_LIFETIME, signedBytes } from "./seal.ts";

/** How far ahead of the claim a message's times may be, in milliseconds (spec/6.6). */
const MOST_AHEAD = 5 * 60_000;
/** How far behind its arrival a sender's time is still plausible, in milliseconds (spec/6.6). */
const MOST_BEHIND = 24 * 3_600_000;
/** How long a set that a rotation replaced may still send: less than this, in milliseconds (spec/6.5). */
const SENDER_GRACE = 3_600_000;
/** How long a set that a rotation replaced may still be written to, in milliseconds (spec/6.5). */
const RECIPIENT_GRACE = 24 * 3_600_000;

/**
 * Why a message is refused (spec/6.5), in the order in which it is judged. "The claim" is when the recipient's server
 * claimed the message's proof of work; the time is kept with the message.
 *
 * | reason | the message |
 * | --- | --- |
 * | size | has a header above 4096 bytes, or a box that is not 284 to 65 564 bytes: the shortest and the longest padded content, and 28 |
 * | suite | has a header of a suite that this version does not know |
 * | encoding | has a header that is none, or a signature that is not 64 bytes |
 * | wraps | has wraps, which suite 1 has not |
 * | address | is not from the sender or not to the recipient that the caller expects, or is from somebody to themselves |
 * | id | has not the id that the caller expects |
 * | conversation | names another conversation than that of its two addresses |
 * | id_time | has an id whose time is more than 5 minutes ahead of the claim |
 * | sent_time | has a sent time more than 5 minutes ahead of the claim |
 * | delete_after | is to be deleted less than 60 seconds after it was sent |
 * | expired | was claimed after the time at which it is to be deleted |
 * | sender_key | names a number or keys of the sender that the sender's records do not publish, or a record made more than 5 minutes after the claim |
 * | recipient_key | the same of the recipient and the agreement key |
 * | stale_sender_key | is from a set that a rotation replaced an hour or longer before the claim, or that a reset or revocation follows: the client seals again |
 * | stale_key | is to a set that a rotation replaced more than 24 hours before the claim, or that a reset or revocation follows: the client judges the newer records, seals again |
 * | signature | is not signed by the sender's signing key, or header or box were changed after |
 */
export const ACCEPT_REASONS = [
  "size",
  "suite",
  "encoding",
  "wraps",
  "address",
  "id",
  "conversation",
  "id_time",
  "sent_time",
  "delete_after",
  "expired",
  "sender_key",
  "recipient_key",
  "stale_sender_key",
  "stale_key",
  "signature",
] as const;

/** One of `ACCEPT_REASONS` (spec/6.5). */
export type AcceptReason = (typeof ACCEPT_REASONS)[number];

/** A published key record, and what became of its set (spec/6.5). */
export interface PublishedKey {
  readonly number: number;
  readonly record: CheckedRecord;
  /** When the next record replaced it, in milliseconds; null while it is the active one. */
  readonly supersededAt: number | null;
  /** The reason of that next record; null while it is the active one. */
  readonly supersededBy: Reason | null;
}

/** What `acceptMessage` needs to know of an address whose chain was verified: each record with its successor's time and reason (spec/6.5). */
export function publishedKeys(records: readonly CheckedRecord[]): PublishedKey[] {
  return records.map((record, index) => {
    const next = records[index + 1];
    return {
      number: record.number,
      record,
      supersededAt: next?.createdAt ?? null,
      supersededBy: next?.reason ?? null,
    };
  });
}

/** The judgment of a message (spec/6.5). */
export type AcceptResult =
  | {
      readonly ok: true;
      readonly header: Header;
      /** SHA-256(header ‖ box). */
      readonly hash: Hash;
      /** The records by which it was judged, which are kept with it; null where the recipient's were not known. */
      readonly senderRecord: CheckedRecord;
      readonly recipientRecord: CheckedRecord | null;
    }
  | { readonly ok: false; readonly reason: AcceptReason };

/**
 * Judges a message (spec/6.5): a server before it stores it, a reader before it shows it as genuine, both by this rule.
 * `senderRecords` and `recipientRecords` are the verified chains of the header's two addresses, from the set that the header
 * names to the newest; `recipientRecords` is null for the sender's server where it does not know them: the recipient's server
 * judges those. `claimedAt` is a server's clock at the claim, and for a reader the time that its server kept:
 * a message does not become worse by being read later. `expected` is what the caller knows already: the session's
 * address, the notification's or the row's addresses and id. `verify` is `verifyBytes` unless the caller keeps
 * imported keys, `digest` is `sha256` unless the caller has one that is faster.
 */
export async function acceptMessage(options: {
  readonly envelope: Envelope;
  readonly senderRecords: readonly PublishedKey[];
  readonly recipientRecords: readonly PublishedKey[] | null;
  readonly claimedAt: number;
  readonly expected?: {
    readonly sender?: Address;
    readonly recipient?: Address;
    readonly id?: Id;
  };
  readonly verify?: VerifySignature;
  readonly digest?: PublicDigest;
}): Promise<AcceptResult> {
  const { envelope, senderRecords, recipientRecords, claimedAt, expected = {} } = options;
  const { verify = verifyBytes, digest = sha256 } = options;
  const refuse = (reason: AcceptReason): AcceptResult => ({ ok: false, reason });

  const padded = envelope.box.length - BOX_OVERHEAD;
  if (envelope.header.length > HEADER_BYTES || padded < MIN_PADDED || padded > MAX_PADDED) {
    return refuse("size");
  }
  const suite = headerSuite(envelope.header);
  if (suite !== null && suite !== SUITE) return refuse("suite");
  const header = parseHeader(envelope.header);
  if (header === null || envelope.signature.length !== SIGNATURE_BYTES) return refuse("encoding");
  if (envelope.wraps.length > 0) return refuse("wraps");

  const { sender = header.sender, recipient = header.recipient, id = header.id } = expected;
  if (header.sender !== sender || header.recipient !== recipient || sender === recipient) {
    return refuse("address");
  }
  if (header.id !== id) return refuse("id");
  const conversation = await conversationId(sender, recipient, digest);
  if (!equalBytes(header.conversation, conversation)) return refuse("conversation");

  if (idTime(header.id) > claimedAt + MOST_AHEAD) return refuse("id_time");
  if (header.sentAt > claimedAt + MOST_AHEAD) return refuse("sent_time");
  if (header.deleteAfter !== null) {
    if (header.deleteAfter < header.sentAt + MIN_LIFETIME) return refuse("delete_after");
    if (claimedAt > header.deleteAfter) return refuse("expired");
  }

  const senderRecord = find(senderRecords, sender, header.senderKeyNumber, claimedAt);
  if (
    !senderRecord?.keys ||
    !equalBytes(senderRecord.keys.agreement, header.senderAgreementKey) ||
    !equalBytes(senderRecord.keys.signing, header.senderSigningKey)
  ) {
    return refuse("sender_key");
  }
  const recipientRecord =
    recipientRecords === null
      ? null
      : find(recipientRecords, recipient, header.recipientKeyNumber, claimedAt);
  if (recipientRecord !== null) {
    const keys = recipientRecord?.keys;
    if (!keys || !equalBytes(keys.agreement, header.recipientAgreementKey)) {
      return refuse("recipient_key");
    }
  }
  if (staleness(senderRecords, header.senderKeyNumber, claimedAt) >= SENDER_GRACE) {
    return refuse("stale_sender_key");
  }
  if (staleness(recipientRecords ?? [], header.recipientKeyNumber, claimedAt) > RECIPIENT_GRACE) {
    return refuse("stale_key");
  }
  const genuine = await verify(header.senderSigningKey, signedBytes(envelope), envelope.signature);
  if (!genuine) return refuse("signature");
  return {
    ok: true,
    header,
    hash: await envelopeHash(envelope, digest),
    senderRecord,
    recipientRecord: recipientRecord ?? null,
  };
}

function find(
  keys: readonly PublishedKey[],
  address: Address,
  number: number,
  claimedAt: number,
): CheckedRecord | undefined {
  const record = keys.find((key) => key.number === number)?.record;
  // A record of somebody else is no record, whatever list it came in. Nor is one that was made after the claim: who
  // takes an address over must not be able to write into its past.
  const usable = record?.address === address && record.createdAt <= claimedAt + MOST_AHEAD;
  return usable ? record : undefined;
}

/**
 * How long ago, at the claim, the set was superseded: 0 or more for a rotation, `Infinity` where a reset or revocation
 * follows it, however many rotations later: it ends the grace of every set before it. Negative for the active set.
 */
function staleness(keys: readonly PublishedKey[], number: number, claimedAt: number): number {
  let age = -1;
  for (const key of keys) {
    if (key.number < number || key.supersededAt === null || key.supersededAt > claimedAt) continue;
    if (key.supersededBy !== "rotation") return Infinity;
    if (key.number === number) age = claimedAt - key.supersededAt;
  }
  return age;
}

/**
 * The sender's time where it can be shown (spec/6.6), else null: it must be at most 24 hours behind and at most 5 minutes
 * ahead of the arrival. Order is always the order of arrival.
 */
export function plausibleSentAt(sentAt: number, receivedAt: number): number | null {
  return sentAt >= receivedAt - MOST_BEHIND && sentAt <= receivedAt + MOST_AHEAD ? sentAt : null;
}
