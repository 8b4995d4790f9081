/**
 * The recovery kit: 32 random bytes, printed once, that open every key set when the password is forgotten.
 * @module spec/4.9
 */
import type { Address } from "../address.ts";
import { type Bytes, concat, equalBytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type Box, type Random, SUITE, hkdf, openBox, sealBox, sha256 } from "../keys.ts";
import { type EncryptionKey, importEncryptionKey } from "../passwords.ts";

declare const brand: unique symbol;
/** K_kit, 32 secret bytes (spec/4.9). */
export type Kit = Bytes & { readonly [brand]: "kit" };
/** 32 bytes that prove the kit to the account's own server, which keeps their SHA-256 (spec/4.9). */
export type KitLoginKey = Bytes & { readonly [brand]: "kit login key" };

/** A recovery kit, in bytes (spec/4.9). */
export const KIT_BYTES = 32;
/** What stands in place of the KDF suite in wraps under a kit: nothing is derived from a password (spec/4.9). */
export const KIT_KDF_SUITE = 0;

/** Makes a recovery kit (spec/4.9). */
export function makeKit(random: Random): Kit {
  const kit = parseKit(random(KIT_BYTES));
  if (kit === null) throw new RangeError("random: 32 bytes asked for");
  return kit;
}

/** A kit from its 32 bytes, or null for another length (spec/4.9). */
export function parseKit(bytes: Uint8Array): Kit | null {
  return bytes.length === KIT_BYTES ? (new Uint8Array(bytes) as Kit) : null;
}

/** The key that wraps of kind 2 are under, in the place of the encryption key (spec/4.9). */
export async function deriveKitWrapKey(kit: Kit, address: Address): Promise<EncryptionKey> {
  const bytes = await hkdf({ input: kit, info: frame("keypears/v1/kit-wrap", address) });
  const key = await importEncryptionKey(bytes);
  bytes.fill(0);
  return key;
}

/** The key with which a kit logs in, 32 bytes (spec/4.9). */
export async function deriveKitLoginKey(kit: Kit, address: Address): Promise<KitLoginKey> {
  const bytes = await hkdf({ input: kit, info: frame("keypears/v1/kit-login", address) });
  return bytes as KitLoginKey;
}

/** The kit itself under the encryption key, 60 bytes, so that whoever types the password can wrap new sets for it (spec/4.9). */
export function wrapKit(options: {
  readonly kit: Kit;
  readonly encryptionKey: EncryptionKey;
  readonly address: Address;
  readonly kdfSuite: number;
  readonly random: Random;
}): Promise<Box> {
  const { kit, encryptionKey, address, kdfSuite, random } = options;
  const aad = kitAad(address, kdfSuite);
  return sealBox({ key: encryptionKey, content: kit, aad, random });
}

/** The kit out of its box, or null when the encryption key, address or KDF suite are not those of its making (spec/4.9). */
export async function unwrapKit(options: {
  readonly box: Box;
  readonly encryptionKey: EncryptionKey;
  readonly address: Address;
  readonly kdfSuite: number;
}): Promise<Kit | null> {
  const { box, encryptionKey, address, kdfSuite } = options;
  const content = await openBox({ key: encryptionKey, box, aad: kitAad(address, kdfSuite) });
  return content === null ? null : parseKit(content);
}

function kitAad(address: Address, kdfSuite: number): Bytes {
  return frame("keypears/v1/wrapped-kit", SUITE, kdfSuite, address);
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CHECK_BYTES = 3;

/**
 * A kit as it is printed (spec/4.9): 14 groups of 4 characters with hyphens between, base32 of the kit and the first 3 bytes
 * of its SHA-256.
 */
export async function formatKit(kit: Kit): Promise<string> {
  const text = toBase32(concat(kit, await checkOf(kit)));
  return (text.match(/.{4}/g) as string[]).join("-");
}

/**
 * The kit that a person typed, or null when it is mistyped (spec/4.9): case, spaces and hyphens are ignored, and the last
 * 3 of the 35 bytes must be those of the kit's hash.
 */
export async function parseKitText(text: string): Promise<Kit | null> {
  const bytes = fromBase32(text.replaceAll(/[\s-]/g, ""));
  if (bytes?.length !== KIT_BYTES + CHECK_BYTES) return null;
  const kit = bytes.slice(0, KIT_BYTES) as Kit;
  return equalBytes(bytes.subarray(KIT_BYTES), await checkOf(kit)) ? kit : null;
}

async function checkOf(kit: Kit): Promise<Bytes> {
  return (await sha256(kit)).slice(0, CHECK_BYTES);
}

/** RFC 4648, section 6, for whole groups of 5 bytes alone: there is no padding to care about. */
function toBase32(bytes: Bytes): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 5) {
    let group = 0n;
    for (const byte of bytes.subarray(i, i + 5)) group = (group << 8n) | BigInt(byte);
    for (let shift = 35n; shift >= 0n; shift -= 5n) {
      text += alphabet.charAt(Number((group >> shift) & 31n));
    }
  }
  return text;
}

function fromBase32(text: string): Bytes | null {
  // ASCII before the case is changed: a dotless i would otherwise become an I.
  if (text.length % 8 !== 0 || !/^[A-Za-z2-7]*$/.test(text)) return null;
  const upper = text.toUpperCase();
  const bytes = new Uint8Array((upper.length / 8) * 5);
  for (let i = 0; i < upper.length / 8; i++) {
    let group = 0n;
    for (const character of upper.slice(8 * i, 8 * i + 8)) {
      group = (group << 5n) | BigInt(alphabet.indexOf(character));
    }
    for (let j = 4; j >= 0; j--, group >>= 8n) bytes[5 * i + j] = Number(group & 255n);
  }
  return bytes;
}
