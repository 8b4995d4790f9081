/**
 * Keys, signatures and boxes: the primitives of suite 1, each a thin wrapper around `crypto.subtle`. Everything else in
 * this package that touches a key goes through here, so that the platform's calls and their failures are in one place.
 * @module spec/1.3
 */
import { type Bytes, concat } from "./bytes/encoding.ts";

/** Gives that many fresh random bytes. Always passed in, so that a test can repeat what it saw. */
export type Random = (length: number) => Bytes;

declare const brand: unique symbol;
type Branded<Name extends string> = Bytes & { readonly [brand]: Name };

/** A P-256 point for key agreement, 65 bytes, uncompressed (spec/1.3). */
export type AgreementPublicKey = Branded<"agreement public key">;
/** A P-256 point for signatures, 65 bytes, uncompressed (spec/1.3). */
export type SigningPublicKey = Branded<"signing public key">;
/** An ECDSA signature, 64 bytes, r ‖ s (spec/1.3). */
export type Signature = Branded<"signature">;
/** An AES-256-GCM encryption: nonce ‖ ciphertext ‖ tag, 28 bytes longer than its content (spec/1.3). */
export type Box = Branded<"box">;
/** A SHA-256 hash, 32 bytes (spec/1.3). */
export type Hash = Branded<"hash">;

/** The only suite of version 1: P-256, SHA-256, HKDF-SHA-256, AES-256-GCM (spec/1.4). */
export const SUITE = 1;
/** A public key, in bytes (spec/1.3). */
export const PUBLIC_KEY_BYTES = 65;
/** A signature, in bytes (spec/1.3). */
export const SIGNATURE_BYTES = 64;
/** A hash, in bytes (spec/1.3). */
export const HASH_BYTES = 32;
/** The nonce that begins a box, in bytes (spec/1.3). */
export const NONCE_BYTES = 12;
/** The tag that ends a box, in bytes (spec/1.3). */
export const TAG_BYTES = 16;
/** What a box adds to its content, in bytes (spec/1.3). */
export const BOX_OVERHEAD = NONCE_BYTES + TAG_BYTES;
/** The first length of an HKDF info that is too long, in bytes: some platforms throw beyond (spec/1.3). */
const INFO_LIMIT = 1024;

const agreement = { name: "ECDH", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", namedCurve: "P-256" } as const;
const signatures = { name: "ECDSA", hash: "SHA-256" } as const;

/** An agreement key from its 65 bytes, or null for another length or first byte (spec/1.3). Importing it refuses a point off the curve. */
export function parseAgreementPublicKey(bytes: Uint8Array): AgreementPublicKey | null {
  return isPublicKey(bytes) ? (new Uint8Array(bytes) as AgreementPublicKey) : null;
}

/** A signing key from its 65 bytes, or null for another length or first byte (spec/1.3). Importing it refuses a point off the curve. */
export function parseSigningPublicKey(bytes: Uint8Array): SigningPublicKey | null {
  return isPublicKey(bytes) ? (new Uint8Array(bytes) as SigningPublicKey) : null;
}

/** A signature from its 64 bytes, or null for another length (spec/1.3). */
export function parseSignature(bytes: Uint8Array): Signature | null {
  return bytes.length === SIGNATURE_BYTES ? (new Uint8Array(bytes) as Signature) : null;
}

/** A hash from its 32 bytes, or null for another length (spec/1.3). */
export function parseHash(bytes: Uint8Array): Hash | null {
  return bytes.length === HASH_BYTES ? (new Uint8Array(bytes) as Hash) : null;
}

/** A box from its bytes, or null when they are too few for nonce and tag, 28 (spec/1.3). */
export function parseBox(bytes: Uint8Array): Box | null {
  return bytes.length >= BOX_OVERHEAD ? (new Uint8Array(bytes) as Box) : null;
}

function isPublicKey(bytes: Uint8Array): boolean {
  // Web Crypto may accept the compressed form too; one key must have one encoding, so only 0x04 gets that far.
  return bytes.length === PUBLIC_KEY_BYTES && bytes[0] === 0x04;
}

/** SHA-256, 32 bytes (spec/1.3). */
export async function sha256(bytes: Bytes): Promise<Hash> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)) as Hash;
}

/**
 * SHA-256 of what everybody may know: `sha256`, or what a server puts in its place, where many small hashes by way of Web
 * Crypto's other threads would cost it more than all else. Not a place for another algorithm, nor for secrets.
 */
export type PublicDigest = (bytes: Bytes) => Hash | Promise<Hash>;

/** The platform's key for ECDH with this public key, or null when it is not a point on the curve (spec/1.3). */
export function importAgreementPublic(key: AgreementPublicKey): Promise<CryptoKey | null> {
  return orNull("DataError", crypto.subtle.importKey("raw", key, agreement, true, []));
}

/** The platform's key for verifying with this public key, or null when it is not a point on the curve (spec/1.3). */
export function importSigningPublic(key: SigningPublicKey): Promise<CryptoKey | null> {
  return orNull("DataError", crypto.subtle.importKey("raw", key, signing, true, ["verify"]));
}

/** A fresh pair for key agreement (spec/4.1). Its private key can be exported only when `extractable`. */
export function generateAgreementPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(agreement, extractable, ["deriveBits"]);
}

/** A fresh pair for signatures (spec/4.1). Its private key can be exported only when `extractable`. */
export function generateSigningPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(signing, extractable, ["sign", "verify"]);
}

/** The 65 bytes of a pair's public agreement key (spec/1.3). */
export async function agreementPublicKeyOf(pair: CryptoKeyPair): Promise<AgreementPublicKey> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) as AgreementPublicKey;
}

/** The 65 bytes of a pair's public signing key (spec/1.3). */
export async function signingPublicKeyOf(pair: CryptoKeyPair): Promise<SigningPublicKey> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)) as SigningPublicKey;
}

/** ECDSA with SHA-256 over `bytes`, 64 bytes; another one each time, since ECDSA draws a nonce (spec/1.3). */
export async function signBytes(signingKey: CryptoKey, bytes: Bytes): Promise<Signature> {
  return new Uint8Array(await crypto.subtle.sign(signatures, signingKey, bytes)) as Signature;
}

/**
 * What verifies a signature: `verifyBytes`, or what a server puts in its place to keep the keys that it has imported. Not a
 * place for another algorithm.
 */
export type VerifySignature = typeof verifyBytes;

/** Whether `signature` over `bytes` is by this key; false also when the key is not a point on the curve (spec/1.3). */
export async function verifyBytes(
  publicKey: SigningPublicKey,
  bytes: Bytes,
  signature: Signature,
): Promise<boolean> {
  const key = await importSigningPublic(publicKey);
  return key !== null && verifyWith(key, bytes, signature);
}

/** Whether `signature` over `bytes` is by a key that `importSigningPublic` gave (spec/1.3). */
export function verifyWith(key: CryptoKey, bytes: Bytes, signature: Signature): Promise<boolean> {
  return crypto.subtle.verify(signatures, key, signature, bytes);
}

/**
 * The x coordinate of the shared point, 32 bytes, for `hkdf` only; null when the public key is not a point on the curve
 * (spec/1.3).
 */
export async function ecdhBits(
  agreementKey: CryptoKey,
  publicKey: AgreementPublicKey,
): Promise<Bytes | null> {
  const peer = await importAgreementPublic(publicKey);
  if (peer === null) return null;
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: peer }, agreementKey, 256),
  );
}

/**
 * HKDF with SHA-256, 32 bytes (spec/1.3). `salt` is empty where the specification names none. `RangeError` for an info of
 * 1024 bytes or more: what would make it longer is hashed first.
 */
export async function hkdf(options: {
  readonly input: Bytes;
  readonly salt?: Bytes;
  readonly info: Bytes;
}): Promise<Bytes> {
  const { input, salt = new Uint8Array(0), info } = options;
  if (info.length >= INFO_LIMIT) throw new RangeError("info: below 1024 bytes");
  const key = await crypto.subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, 256),
  );
}

/** An AES-256-GCM key from 32 bytes, for `sealBox` and `openBox` (spec/1.3). `RangeError` for another length. */
export async function importBoxKey(bytes: Bytes, extractable = false): Promise<CryptoKey> {
  if (bytes.length !== 32) throw new RangeError("key: 32 bytes");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", extractable, ["encrypt", "decrypt"]);
}

/** Encrypts: a fresh random nonce, then AES-256-GCM with `aad` (spec/1.3). The box is 28 bytes longer than `content`. */
export async function sealBox(options: {
  readonly key: CryptoKey;
  readonly content: Bytes;
  readonly aad: Bytes;
  readonly random: Random;
}): Promise<Box> {
  const { key, content, aad, random } = options;
  const nonce = freshNonce(random);
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad };
  const sealed = await crypto.subtle.encrypt(algorithm, key, content);
  return concat(nonce, new Uint8Array(sealed)) as Box;
}

/** What is in a box, or null when key, additional data or box are not those of its making (spec/1.3). */
export async function openBox(options: {
  readonly key: CryptoKey;
  readonly box: Box;
  readonly aad: Bytes;
}): Promise<Bytes | null> {
  const { key, box, aad } = options;
  if (box.length < BOX_OVERHEAD) return null;
  const algorithm = { name: "AES-GCM", iv: box.subarray(0, NONCE_BYTES), additionalData: aad };
  const content = await orNull(
    "OperationError",
    crypto.subtle.decrypt(algorithm, key, box.subarray(NONCE_BYTES)),
  );
  return content === null ? null : new Uint8Array(content);
}

/** A nonce for one box. Checked, because a `random` that gives fewer bytes would be a nonce that repeats. */
export function freshNonce(random: Random): Bytes {
  const nonce = random(NONCE_BYTES);
  if (nonce.length !== NONCE_BYTES) throw new RangeError("random: 12 bytes asked for");
  return nonce;
}

/** Waits for a call of the platform; null for the one failure that is a fact of life, anything else is thrown on. */
export async function orNull<Result>(
  failure: "DataError" | "OperationError",
  call: Promise<Result>,
): Promise<Result | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === failure) return null;
    throw error;
  }
}
