/**
 * The header of a message and the envelope around it. A header is public to both servers, and everything else in a
 * message is bound to it: the message key through its hash, the box as additional data, the signature directly.
 * @module spec/6.1
 */
import { type Address, parseAddress } from "../address.ts";
import { type Bytes, concat, fromBase64url, toBase64url } from "../bytes/encoding.ts";
import { FrameReader, frame } from "../bytes/frame.ts";
import { type Id, idBytes, idFromBytes } from "../bytes/id.ts";
import {
  type AgreementPublicKey,
  type Box,
  type Hash,
  type PublicDigest,
  SUITE,
  type Signature,
  type SigningPublicKey,
  parseAgreementPublicKey,
  parseSignature,
  parseSigningPublicKey,
  sha256,
} from "../keys.ts";

const label = "keypears/v1/header";

/** The longest header, in bytes (spec/1.4). */
export const HEADER_BYTES = 4096;
/** The longest envelope, in bytes of its JSON text (spec/1.4). */
export const ENVELOPE_BYTES = 98_304;
/** A conversation id, in bytes (spec/6.1). */
const CONVERSATION_BYTES = 16;
/** A header's salt, in bytes (spec/6.1). */
export const SALT_BYTES = 32;

/** What a header says (spec/6.1). Times in milliseconds since 1970. */
export interface Header {
  /** 1; whatever else is refused before anything after it is read. */
  readonly suite: number;
  readonly id: Id;
  /** 16 bytes, which `conversationId` gives for the two addresses. */
  readonly conversation: Bytes;
  readonly sender: Address;
  readonly recipient: Address;
  readonly senderKeyNumber: number;
  readonly recipientKeyNumber: number;
  readonly senderAgreementKey: AgreementPublicKey;
  readonly recipientAgreementKey: AgreementPublicKey;
  readonly senderSigningKey: SigningPublicKey;
  readonly sentAt: number;
  /** When both servers drop the message, or null for never (spec/6.7). */
  readonly deleteAfter: number | null;
  /** 32 bytes. */
  readonly salt: Bytes;
}

/** A message as it is stored and travels (spec/6.1). The header stays as its bytes: they are parsed, never rebuilt. */
export interface Envelope {
  readonly header: Bytes;
  readonly box: Box;
  readonly signature: Signature;
  /** Empty in suite 1; carried because a later suite needs it (spec/1.4). */
  readonly wraps: readonly Bytes[];
}

/**
 * The bytes of a header (spec/6.1). `RangeError` for what no header can hold: another suite, a conversation id that is not
 * 16 bytes, a salt that is not 32, key numbers below 1.
 */
export function encodeHeader(header: Header): Bytes {
  if (header.suite !== SUITE) throw new RangeError("suite: 1");
  if (header.conversation.length !== CONVERSATION_BYTES) {
    throw new RangeError("conversation: 16 bytes");
  }
  if (header.salt.length !== SALT_BYTES) throw new RangeError("salt: 32 bytes");
  if (header.senderKeyNumber < 1) throw new RangeError("senderKeyNumber: from 1");
  if (header.recipientKeyNumber < 1) throw new RangeError("recipientKeyNumber: from 1");
  return frame(
    label,
    header.suite,
    idBytes(header.id),
    header.conversation,
    header.sender,
    header.recipient,
    header.senderKeyNumber,
    header.recipientKeyNumber,
    header.senderAgreementKey,
    header.recipientAgreementKey,
    header.senderSigningKey,
    header.sentAt,
    header.deleteAfter,
    header.salt,
  );
}

/** The suite that header bytes name, or null when they are no header of any suite (spec/1.4). */
export function headerSuite(bytes: Uint8Array): number | null {
  return bytes.length > HEADER_BYTES ? null : new FrameReader(bytes, label).integer();
}

/**
 * What header bytes of suite 1 say, or null (spec/6.1): at most 4096 bytes, every field there and of its length,
 * nothing trailing, addresses canonical, public keys in their 65-byte form, key numbers from 1. Whether what it says is
 * *true* is for `acceptMessage`.
 */
export function parseHeader(bytes: Uint8Array): Header | null {
  if (bytes.length > HEADER_BYTES) return null;
  const reader = new FrameReader(bytes, label);
  const suite = reader.integer();
  const id = idFromBytes(reader.fixed(16) ?? new Uint8Array(0));
  const conversation = reader.fixed(CONVERSATION_BYTES);
  const sender = canonicalAddress(reader.text());
  const recipient = canonicalAddress(reader.text());
  const senderKeyNumber = reader.integer();
  const recipientKeyNumber = reader.integer();
  const senderAgreementKey = parseAgreementPublicKey(reader.bytes() ?? new Uint8Array(0));
  const recipientAgreementKey = parseAgreementPublicKey(reader.bytes() ?? new Uint8Array(0));
  const senderSigningKey = parseSigningPublicKey(reader.bytes() ?? new Uint8Array(0));
  const sentAt = reader.integer();
  const deleteAfter = reader.optionalInteger();
  const salt = reader.fixed(SALT_BYTES);
  if (
    !reader.done() ||
    suite !== SUITE ||
    id === null ||
    conversation === null ||
    sender === null ||
    recipient === null ||
    senderKeyNumber === null ||
    senderKeyNumber < 1 ||
    recipientKeyNumber === null ||
    recipientKeyNumber < 1 ||
    senderAgreementKey === null ||
    recipientAgreementKey === null ||
    senderSigningKey === null ||
    sentAt === null ||
    deleteAfter === null ||
    salt === null
  ) {
    return null;
  }
  return {
    suite,
    id,
    conversation,
    sender,
    recipient,
    senderKeyNumber,
    recipientKeyNumber,
    senderAgreementKey,
    recipientAgreementKey,
    senderSigningKey,
    sentAt,
    deleteAfter: deleteAfter ?? null,
    salt,
  };
}

function canonicalAddress(text: string | null): Address | null {
  if (text === null) return null;
  const address = parseAddress(text);
  return address === text ? address : null;
}

/**
 * The id of the conversation of two addresses, the same from both ends (spec/6.1): the first 16 bytes of the SHA-256 of
 * their frame, lower address first.
 */
export async function conversationId(
  a: Address,
  b: Address,
  digest: PublicDigest = sha256,
): Promise<Bytes> {
  // Canonical addresses are ASCII, so the order of the texts is the order of their bytes.
  const [lower, higher] = a < b ? [a, b] : [b, a];
  const hash = await digest(frame("keypears/v1/conversation", lower, higher));
  return hash.slice(0, CONVERSATION_BYTES);
}

/** SHA-256(header ‖ box), the identity of an envelope between servers (spec/6.6). The signature is left out: ECDSA is malleable. */
export async function envelopeHash(
  envelope: Pick<Envelope, "header" | "box">,
  digest: PublicDigest = sha256,
): Promise<Hash> {
  return digest(concat(envelope.header, envelope.box));
}

/** SHA-256(box), by which a later message refers to this one in its `after` (spec/6.3). */
export function boxHash(box: Box): Promise<Hash> {
  return sha256(box);
}

/** An envelope as JSON: each part unpadded base64url (spec/1.2). */
export interface EnvelopeJson {
  readonly header: string;
  readonly box: string;
  readonly signature: string;
  readonly wraps: readonly string[];
}

/** The JSON form of an envelope (spec/1.2, spec/6.1). */
export function encodeEnvelope(envelope: Envelope): EnvelopeJson {
  return {
    header: toBase64url(envelope.header),
    box: toBase64url(envelope.box),
    signature: toBase64url(envelope.signature),
    wraps: envelope.wraps.map(toBase64url),
  };
}

/**
 * The envelope of its JSON form, or null (spec/1.2, spec/6.1): four members, strict base64url, a signature of 64 bytes,
 * all of it at most 96 KiB of text. Parts that are too long or too short *for an envelope* are `acceptMessage`'s to name.
 */
export function parseEnvelope(json: unknown): Envelope | null {
  if (typeof json !== "object" || json === null) return null;
  const { header, box, signature, wraps } = json as Record<string, unknown>;
  if (!Array.isArray(wraps)) return null;
  const texts: unknown[] = [header, box, signature, ...(wraps as unknown[])];
  const parts: Bytes[] = [];
  let room = ENVELOPE_BYTES;
  for (const text of texts) {
    if (typeof text !== "string") return null;
    room -= text.length;
    const part = room < 0 ? null : fromBase64url(text);
    if (part === null) return null;
    parts.push(part);
  }
  const [headerBytes, boxBytes, signatureBytes, ...wrapBytes] = parts as [Bytes, Bytes, Bytes];
  const parsed = parseSignature(signatureBytes);
  if (parsed === null) return null;
  return { header: headerBytes, box: boxBytes as Box, signature: parsed, wraps: wrapBytes };
}
