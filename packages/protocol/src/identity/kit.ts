/**
 * The recovery kit: 32 random bytes, printed once, that open every key set when the password is forgotten.
 * @module spec/4.9
 */
import type { Address } from "../address.ts";
import type { Bytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type Box, type Random, SUITE, hkdf, openBox, sealBox } from "../keys.ts";
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
