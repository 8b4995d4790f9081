/**
 * From a password to the two keys that it gives: the encryption key, which never leaves the client, and the login key,
 * which proves to the server that the password is known.
 * @module spec/3
 */
import type { Address } from "./address.ts";
import { type Bytes, utf8 } from "./bytes/encoding.ts";
import { frame } from "./bytes/frame.ts";
import { sha256 } from "./keys.ts";

/** The newest KDF suite: PBKDF2-HMAC-SHA-256 with the rounds and salts of spec/3.2. */
export const KDF_SUITE = 1;
/** Rounds of each of the client's derivations in KDF suite 1 (spec/3.2). */
export const KDF_ROUNDS = 300_000;
/** Rounds from login key to verifier, on the server (spec/3.3). */
export const VERIFIER_ROUNDS = 600_000;
/** The salt of a verifier, in bytes (spec/3.3). */
export const VERIFIER_SALT_BYTES = 16;
/** A login key, in bytes (spec/3.2). */
export const LOGIN_KEY_BYTES = 32;
/** The longest password, in bytes of UTF-8 after normalisation (spec/3.1). */
export const PASSWORD_BYTES = 1024;
/** The shortest new password, in code points after normalisation (spec/3.1). */
export const NEW_PASSWORD_LENGTH = 12;
/** The lowest zxcvbn score of a new password (spec/3.1). */
export const NEW_PASSWORD_SCORE = 3;

declare const brand: unique symbol;
/** What PBKDF2 continues from, inside the platform: neither exportable nor good for anything else (spec/3.2). */
export type PasswordKey = CryptoKey & { readonly [brand]: "password key" };
/** The AES-256-GCM key that wraps are under (spec/3.2, spec/4.7): never stored, never sent, not exportable. */
export type EncryptionKey = CryptoKey & { readonly [brand]: "encryption key" };
/** 32 bytes that prove the password to the account's own server (spec/3.2): sent, never stored. */
export type LoginKey = Bytes & { readonly [brand]: "login key" };

/** Why a text is no password (spec/3.1). */
export type PasswordFault = "empty" | "surrogate" | "unassigned" | "too_long";

/**
 * The form of a password that keys are derived from (spec/3.1): NFKC, not trimmed, no case changed, at most 1024 bytes.
 * The faults are judged in the order of `PasswordFault`.
 */
export function normalizePassword(
  text: string,
):
  | { readonly ok: true; readonly password: string }
  | { readonly ok: false; readonly reason: PasswordFault } {
  if (text === "") return { ok: false, reason: "empty" };
  if (!text.isWellFormed()) return { ok: false, reason: "surrogate" };
  // A later version of Unicode may give such a code point another normalisation; the password would then open nothing.
  if (/\p{Cn}/u.test(text)) return { ok: false, reason: "unassigned" };
  const password = text.normalize("NFKC");
  if (utf8(password).length > PASSWORD_BYTES) return { ok: false, reason: "too_long" };
  return { ok: true, password };
}

/**
 * Whether a text may become a password (spec/3.1): beyond `normalizePassword`, `too_short` below 12 code points after NFKC
 * and `too_weak` for a zxcvbn score below 3. `score` is the caller's to measure, 0 to 4.
 */
export function judgeNewPassword(
  text: string,
  score: number,
):
  | { readonly ok: true; readonly password: string }
  | { readonly ok: false; readonly reason: PasswordFault | "too_short" | "too_weak" } {
  const normal = normalizePassword(text);
  if (!normal.ok) return normal;
  if ([...normal.password].length < NEW_PASSWORD_LENGTH) return { ok: false, reason: "too_short" };
  // Negated, so that a score that is no number is refused too.
  if (!(score >= NEW_PASSWORD_SCORE)) return { ok: false, reason: "too_weak" };
  return normal;
}

/**
 * The password key of KDF suite 1 (spec/3.2): 300,000 rounds. The password is normalised here once more, which changes
 * nothing in one that is; `RangeError` for a text that `normalizePassword` refuses.
 */
export async function derivePasswordKey(password: string, address: Address): Promise<PasswordKey> {
  const normal = normalizePassword(password);
  if (!normal.ok) throw new RangeError(`password: ${normal.reason}`);
  const bytes = utf8(normal.password);
  const start = await importRounds(bytes);
  bytes.fill(0);
  const derived = await derive32(start, "keypears/v1/password-key", address);
  const key = await importRounds(derived);
  derived.fill(0);
  return key;
}

/** The encryption key of KDF suite 1 (spec/3.2): 300,000 rounds on. Its bytes never leave the platform. */
export async function deriveEncryptionKey(
  passwordKey: PasswordKey,
  address: Address,
): Promise<EncryptionKey> {
  return (await crypto.subtle.deriveKey(
    await rounds("keypears/v1/encryption-key", address),
    passwordKey,
    { name: "AES-GCM", length: 256 },
    false,
    encryptionUsages,
  )) as EncryptionKey;
}

/** The login key of KDF suite 1, 32 bytes (spec/3.2): 300,000 rounds on. */
export async function deriveLoginKey(
  passwordKey: PasswordKey,
  address: Address,
): Promise<LoginKey> {
  return (await derive32(passwordKey, "keypears/v1/login-key", address)) as LoginKey;
}

/** Both keys that a password gives for an address (spec/3.2): 900,000 rounds, the last two times 300,000 side by side. */
export async function deriveKeys(
  password: string,
  address: Address,
): Promise<{ readonly encryptionKey: EncryptionKey; readonly loginKey: LoginKey }> {
  const passwordKey = await derivePasswordKey(password, address);
  const [encryptionKey, loginKey] = await Promise.all([
    deriveEncryptionKey(passwordKey, address),
    deriveLoginKey(passwordKey, address),
  ]);
  return { encryptionKey, loginKey };
}

/** A login key from its 32 bytes, as a server gets it, or null for another length (spec/3.2). */
export function parseLoginKey(bytes: Uint8Array): LoginKey | null {
  return bytes.length === LOGIN_KEY_BYTES ? (new Uint8Array(bytes) as LoginKey) : null;
}

const encryptionUsages: readonly KeyUsage[] = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];

/** A key for wraps from 32 bytes that come from elsewhere than a password: the recovery kit (spec/4.9). */
export async function importEncryptionKey(bytes: Bytes): Promise<EncryptionKey> {
  if (bytes.length !== 32) throw new RangeError("key: 32 bytes");
  return (await crypto.subtle.importKey(
    "raw",
    bytes,
    "AES-GCM",
    false,
    encryptionUsages,
  )) as EncryptionKey;
}

async function importRounds(bytes: Bytes): Promise<PasswordKey> {
  const usages: KeyUsage[] = ["deriveBits", "deriveKey"];
  return (await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, usages)) as PasswordKey;
}

async function derive32(from: PasswordKey, label: string, address: Address): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(await rounds(label, address), from, 256));
}

async function rounds(label: string, address: Address): Promise<Pbkdf2Params> {
  const salt = await sha256(frame(label, address));
  return { name: "PBKDF2", hash: "SHA-256", salt, iterations: KDF_ROUNDS };
}
