/**
 * Key records: what an address publishes of a key set, tied to the record before it.
 * @module spec/4.2
 */
import { type Address, parseAddress } from "../address.ts";
import { type Bytes, fromBase64url, toBase64url } from "../bytes/encoding.ts";
import { FrameReader, frame, list } from "../bytes/frame.ts";
import {
  type AgreementPublicKey,
  HASH_BYTES,
  type Hash,
  PUBLIC_KEY_BYTES,
  type Random,
  SUITE,
  type Signature,
  type SigningPublicKey,
  agreementPublicKeyOf,
  generateAgreementPair,
  generateSigningPair,
  parseAgreementPublicKey,
  parseSignature,
  parseSigningPublicKey,
  sha256,
  signBytes,
  signingPublicKeyOf,
} from "../keys.ts";
import { VAULT_SEED_BYTES } from "../vault/key.ts";

const label = "keypears/v1/key-record";

/** The longest key record of suite 1, in bytes: it follows from its fields (spec/1.4). */
export const RECORD_BYTES = 518;
/** How many key sets an address keeps at most (spec/4.1). */
export const MOST_KEY_SETS = 100;
/** How many rotations an address may make in any 24 hours (spec/4.1). */
export const MOST_ROTATIONS_A_DAY = 10;

const reasons = ["initial", "rotation", "reset", "revoked"] as const;
/** Why a record was made (spec/4.2). */
export type Reason = (typeof reasons)[number];

/** The public halves of a key set (spec/4.1). */
export interface PublicKeys {
  readonly agreement: AgreementPublicKey;
  readonly signing: SigningPublicKey;
}

/** What a key record says (spec/4.2). */
export interface KeyRecord {
  /** 1. */
  readonly suite: number;
  readonly address: Address;
  /** From 1. */
  readonly number: number;
  readonly reason: Reason;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** The hash of the record before; null in record 1. */
  readonly previous: Hash | null;
  /** Null in a `revoked` record. */
  readonly keys: PublicKeys | null;
}

/** A record as it is stored and travels, not yet judged (spec/4.2). The record stays as its bytes: they are parsed, never rebuilt. */
export interface PublishedRecord {
  readonly record: Bytes;
  /** By the record's own signing key; null in a `revoked` record (spec/4.3). */
  readonly possession: Signature | null;
  /** By the signing key of the record before; there in a rotation, and where the key was at hand in a revocation (spec/4.3). */
  readonly continuity: Signature | null;
}

/** A record that `verifyChain` or `judgeNewRecord` found lawful (spec/4.5). */
export interface CheckedRecord extends KeyRecord {
  /** R, as it came. */
  readonly bytes: Bytes;
  /** SHA-256(R). */
  readonly hash: Hash;
}

/**
 * The bytes R of a record (spec/4.2). `RangeError` for what no record of suite 1 can hold. Whether the record is a lawful link
 * of a chain is for `verifyChain`.
 */
export function encodeRecord(record: KeyRecord): Bytes {
  const { suite, address, number, reason, createdAt, previous, keys } = record;
  if (suite !== SUITE) throw new RangeError("suite: 1");
  if (number < 1) throw new RangeError("number: from 1");
  if (previous !== null && previous.length !== HASH_BYTES) {
    throw new RangeError("previous: 32 bytes");
  }
  const published = keys === null ? list() : list(keys.agreement, keys.signing);
  return frame(label, suite, address, number, reason, createdAt, previous, published);
}

/** The suite that the bytes of a record name, or null when they are no record of any suite (spec/4.2). */
export function recordSuite(bytes: Uint8Array): number | null {
  return new FrameReader(bytes, label).integer();
}

/**
 * What the bytes of a record of suite 1 say, or null (spec/4.2): every field there and of its length, nothing trailing,
 * address canonical, number from 1, a known reason, two keys in their 65-byte form or none.
 */
export function parseRecord(bytes: Uint8Array): KeyRecord | null {
  if (bytes.length > RECORD_BYTES) return null;
  const reader = new FrameReader(bytes, label);
  const suite = reader.integer();
  const text = reader.text();
  const number = reader.integer();
  const reason = reader.text();
  const createdAt = reader.integer();
  const previous = reader.optional(HASH_BYTES);
  const points = reader.listOf(PUBLIC_KEY_BYTES, 2);
  if (!reader.done() || suite !== SUITE || number === null || number < 1) return null;
  if (text === null || createdAt === null || previous === null || points === null) return null;
  const address = parseAddress(text);
  if (address === null || address !== text || !isReason(reason)) return null;
  const keys = points.length === 0 ? null : parsePoints(points);
  if (keys === undefined) return null;
  const before = (previous ?? null) as Hash | null;
  return { suite, address, number, reason, createdAt, previous: before, keys };
}

function isReason(text: string | null): text is Reason {
  return reasons.some((reason) => reason === text);
}

function parsePoints(points: readonly Bytes[]): PublicKeys | undefined {
  const [first, second] = points;
  if (first === undefined || second === undefined) return undefined;
  const agreement = parseAgreementPublicKey(first);
  const signing = parseSigningPublicKey(second);
  return agreement === null || signing === null ? undefined : { agreement, signing };
}

/** SHA-256(R), by which everything else refers to a record (spec/4.2). Never over signatures: ECDSA is malleable. */
export function hashRecord(bytes: Bytes): Promise<Hash> {
  return sha256(bytes);
}

/** What `possession` signs (spec/4.3). */
export function possessionBytes(record: Bytes): Bytes {
  return frame("keypears/v1/key-possession", record);
}

/** What `continuity` signs (spec/4.3). */
export function continuityBytes(record: Bytes): Bytes {
  return frame("keypears/v1/key-continuity", record);
}

/** A key set while it is being made (spec/4.1): its private keys can be exported until they are wrapped, and no longer. */
export interface NewKeySet {
  readonly agreement: CryptoKeyPair;
  readonly signing: CryptoKeyPair;
  readonly publicKeys: PublicKeys;
  /** 32 secret bytes (spec/5.1). */
  readonly vaultSeed: Bytes;
}

/** Makes a key set (spec/4.1): two P-256 pairs from the platform, and a vault seed of 32 bytes from `random`. */
export async function generateKeySet(random: Random): Promise<NewKeySet> {
  const vaultSeed = random(VAULT_SEED_BYTES);
  if (vaultSeed.length !== VAULT_SEED_BYTES) throw new RangeError("random: 32 bytes asked for");
  const [agreement, signing] = await Promise.all([
    generateAgreementPair(true),
    generateSigningPair(true),
  ]);
  const publicKeys = {
    agreement: await agreementPublicKeyOf(agreement),
    signing: await signingPublicKeyOf(signing),
  };
  return { agreement, signing, publicKeys, vaultSeed };
}

/** What is the same for every record that is signed. */
interface Link {
  readonly address: Address;
  readonly number: number;
  /** In milliseconds since 1970, later than the record before. */
  readonly createdAt: number;
  /** The hash of the record before. */
  readonly previous: Hash | null;
  /** The signing key of the set before. */
  readonly previousSigningKey?: CryptoKey;
}

/**
 * Makes the record of a new key set, with its possession, and with its continuity exactly when it is a rotation
 * (spec/4.3). `TypeError` when what is given does not fit the reason: `initial` is number 1 without a record before, any
 * other has one; a rotation needs the signing key of the set before.
 */
export async function signRecord(
  options: Link & {
    readonly keySet: Pick<NewKeySet, "publicKeys" | "signing">;
    readonly reason: Exclude<Reason, "revoked">;
  },
): Promise<PublishedRecord> {
  const { keySet, address, number, reason, createdAt, previous, previousSigningKey } = options;
  const first = reason === "initial";
  if (first !== (previous === null)) throw new TypeError("previous: of all but an initial record");
  if (first !== (number === 1)) throw new TypeError("number: 1 for an initial record alone");
  if (reason === "rotation" && previousSigningKey === undefined) {
    throw new TypeError("previousSigningKey: needed for a rotation");
  }
  const keys = keySet.publicKeys;
  const fields = { suite: SUITE, address, number, reason, createdAt, previous, keys };
  const record = encodeRecord(fields);
  const possession = await signBytes(keySet.signing.privateKey, possessionBytes(record));
  const continuity =
    reason === "rotation" && previousSigningKey !== undefined
      ? await signBytes(previousSigningKey, continuityBytes(record))
      : null;
  return { record, possession, continuity };
}

/** Makes the record that leaves an address without an active set (spec/4.2), with continuity when the key is at hand. */
export async function signRevocation(
  options: Link & { readonly previous: Hash },
): Promise<PublishedRecord> {
  const { address, number, createdAt, previous, previousSigningKey } = options;
  if (number < 2) throw new TypeError("number: from 2 for a revocation");
  const fields = { suite: SUITE, address, number, createdAt, previous, keys: null } as const;
  const record = encodeRecord({ ...fields, reason: "revoked" });
  const continuity =
    previousSigningKey === undefined
      ? null
      : await signBytes(previousSigningKey, continuityBytes(record));
  return { record, possession: null, continuity };
}

/** A published record as JSON: each part unpadded base64url (spec/4.2). */
export interface PublishedRecordJson {
  readonly record: string;
  readonly possession: string | null;
  readonly continuity: string | null;
}

/** The JSON form of a published record (spec/4.2). */
export function encodePublishedRecord(published: PublishedRecord): PublishedRecordJson {
  const { record, possession, continuity } = published;
  return {
    record: toBase64url(record),
    possession: possession && toBase64url(possession),
    continuity: continuity && toBase64url(continuity),
  };
}

/**
 * The published record of its JSON form, or null (spec/4.2): strict base64url, a record of at most 518 bytes, signatures of
 * 64 bytes or null. What the record says is `verifyChain`'s to judge.
 */
export function parsePublishedRecord(json: unknown): PublishedRecord | null {
  if (typeof json !== "object" || json === null) return null;
  const { record, possession, continuity } = json as Record<string, unknown>;
  const bytes = parseBytes(record, RECORD_BYTES);
  const own = parseSignatureText(possession);
  const before = parseSignatureText(continuity);
  if (bytes === null || own === undefined || before === undefined) return null;
  return { record: bytes, possession: own, continuity: before };
}

function parseBytes(value: unknown, most: number): Bytes | null {
  if (typeof value !== "string" || value.length > Math.ceil((most * 4) / 3)) return null;
  return fromBase64url(value);
}

/** Undefined where there is neither a signature nor null. */
function parseSignatureText(value: unknown): Signature | null | undefined {
  if (value === null) return null;
  const bytes = typeof value === "string" ? fromBase64url(value) : null;
  return bytes === null ? undefined : (parseSignature(bytes) ?? undefined);
}
