/**
 * Wraps: the secret halves of a key set, as the server keeps them, and the keys that they open into.
 * @module spec/4.7
 */
import type { Address } from "../address.ts";
import { type Bytes, concat, equalBytes, utf8 } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import {
  BOX_OVERHEAD,
  type Box,
  NONCE_BYTES,
  type Random,
  SUITE,
  agreementPublicKeyOf,
  ecdhBits,
  freshNonce,
  generateAgreementPair,
  importBoxKey,
  openBox,
  orNull,
  sealBox,
  signBytes,
  verifyBytes,
} from "../keys.ts";
import type { EncryptionKey } from "../passwords.ts";
import { VAULT_SEED_BYTES, deriveVaultKey } from "../vault/key.ts";
import type { NewKeySet, PublicKeys } from "./record.ts";

/** Which secret of a key set a wrap holds (spec/4.7). */
export type Role = "agreement" | "signing" | "vault-seed";

/** The roles of a complete set of wraps (spec/4.7). */
export const ROLES: readonly Role[] = ["agreement", "signing", "vault-seed"];
/** A private key as PKCS #8 with its public key, in bytes (spec/1.3). */
const PKCS8_BYTES = 138;
/** The size of the wrap of each role, in bytes (spec/4.7). */
export const WRAP_BYTES: Readonly<Record<Role, number>> = {
  agreement: PKCS8_BYTES + BOX_OVERHEAD,
  signing: PKCS8_BYTES + BOX_OVERHEAD,
  "vault-seed": VAULT_SEED_BYTES + BOX_OVERHEAD,
};

const agreement = { name: "ECDH", namedCurve: "P-256" } as const;
const signing = { name: "ECDSA", namedCurve: "P-256" } as const;

/** What binds wraps to their place: they open nowhere else (spec/4.7). */
export interface WrapPlace {
  readonly address: Address;
  /** The KDF suite of the password generation; 0 for wraps under the recovery kit (spec/4.9). */
  readonly kdfSuite: number;
  /** The number of the key set. */
  readonly number: number;
}

/** A key set whose keys can be used and, unless they were asked for as extractable, not taken away (spec/4.7). */
export interface OpenKeySet {
  readonly number: number;
  /** ECDH, `deriveBits`. */
  readonly agreementKey: CryptoKey;
  /** ECDSA, `sign`. */
  readonly signingKey: CryptoKey;
  /** AES-256-GCM, `encrypt` and `decrypt` (spec/5.1). */
  readonly vaultKey: CryptoKey;
  readonly publicKeys: PublicKeys;
}

/** Why wraps did not give a key set: a box does not open, or what is in it does not belong to the record (spec/4.7). */
export type UnwrapFault = "wrong_key" | "mismatch";

/**
 * The additional data of a wrap (spec/4.7). The public key is the published record's: the agreement key for the vault
 * seed, else the key of the wrap's own role.
 */
export function wrapAad(role: Role, place: WrapPlace, keys: PublicKeys): Bytes {
  const publicKey = role === "signing" ? keys.signing : keys.agreement;
  const { kdfSuite, address, number } = place;
  return frame(`keypears/v1/wrapped-${role}`, SUITE, kdfSuite, address, number, publicKey);
}

/** Wraps a new key set under the encryption key (spec/4.7): boxes of 166, 166 and 60 bytes. */
export async function wrapKeySet(
  options: WrapPlace & {
    readonly keySet: NewKeySet;
    readonly encryptionKey: EncryptionKey;
    readonly random: Random;
  },
): Promise<Record<Role, Box>> {
  const { keySet, encryptionKey, random } = options;
  const aad = (role: Role): Bytes => wrapAad(role, options, keySet.publicKeys);
  return {
    agreement: await wrapPrivateKey(
      keySet.agreement.privateKey,
      encryptionKey,
      aad("agreement"),
      random,
    ),
    signing: await wrapPrivateKey(keySet.signing.privateKey, encryptionKey, aad("signing"), random),
    "vault-seed": await sealBox({
      key: encryptionKey,
      content: keySet.vaultSeed,
      aad: aad("vault-seed"),
      random,
    }),
  };
}

/** The PKCS #8 bytes go from the one key into the box of the other without leaving the platform. */
async function wrapPrivateKey(
  key: CryptoKey,
  encryptionKey: EncryptionKey,
  aad: Bytes,
  random: Random,
): Promise<Box> {
  const iv = freshNonce(random);
  const algorithm = { name: "AES-GCM", iv, additionalData: aad };
  const sealed = await crypto.subtle.wrapKey("pkcs8", key, encryptionKey, algorithm);
  const box = concat(iv, new Uint8Array(sealed)) as Box;
  // A platform that leaves the public key out of PKCS #8 would make wraps that other clients refuse.
  if (box.length !== WRAP_BYTES.agreement) throw new TypeError("key: 138 bytes of PKCS #8");
  return box;
}

/**
 * Opens the wraps of a key set and tries the keys against those that its record publishes (spec/4.7). `keys` are the
 * record's; `extractable` is for the command line alone, which keeps them in its profile (spec/4.10). The vault seed is
 * forgotten before this returns.
 */
export async function unwrapKeySet(
  options: WrapPlace & {
    readonly wraps: Readonly<Record<Role, Box>>;
    readonly encryptionKey: EncryptionKey;
    readonly keys: PublicKeys;
    readonly extractable: boolean;
  },
): Promise<
  | { readonly ok: true; readonly keys: OpenKeySet }
  | { readonly ok: false; readonly reason: UnwrapFault }
> {
  const { wraps, encryptionKey, keys, extractable, address, number } = options;
  const unwrap = (role: "agreement" | "signing"): Promise<CryptoKey | UnwrapFault> =>
    unwrapPrivateKey(role, wraps[role], encryptionKey, wrapAad(role, options, keys), extractable);
  const agreementKey = await unwrap("agreement");
  if (typeof agreementKey === "string") return { ok: false, reason: agreementKey };
  const signingKey = await unwrap("signing");
  if (typeof signingKey === "string") return { ok: false, reason: signingKey };
  const vaultSeed = await openBox({
    key: encryptionKey,
    box: wraps["vault-seed"],
    aad: wrapAad("vault-seed", options, keys),
  });
  if (vaultSeed === null) return { ok: false, reason: "wrong_key" };
  if (vaultSeed.length !== VAULT_SEED_BYTES || !(await belong(agreementKey, signingKey, keys))) {
    return { ok: false, reason: "mismatch" };
  }
  const vaultKey = await deriveVaultKey({
    agreementKey,
    agreementPublicKey: keys.agreement,
    vaultSeed,
    address,
    number,
    extractable,
  });
  vaultSeed.fill(0);
  return { ok: true, keys: { number, agreementKey, signingKey, vaultKey, publicKeys: keys } };
}

/** The PKCS #8 bytes stay inside the platform; only the key comes out. */
async function unwrapPrivateKey(
  role: "agreement" | "signing",
  box: Box,
  encryptionKey: EncryptionKey,
  aad: Bytes,
  extractable: boolean,
): Promise<CryptoKey | UnwrapFault> {
  if (box.length < BOX_OVERHEAD) return "wrong_key";
  const [algorithm, usage] =
    role === "agreement" ? ([agreement, "deriveBits"] as const) : ([signing, "sign"] as const);
  const opening = { name: "AES-GCM", iv: box.subarray(0, NONCE_BYTES), additionalData: aad };
  const sealed = box.subarray(NONCE_BYTES);
  // The inner failure is that of importing: the box opened, and what is in it is no private key of this curve.
  const key = await orNull(
    "OperationError",
    orNull(
      "DataError",
      crypto.subtle.unwrapKey("pkcs8", sealed, encryptionKey, opening, algorithm, extractable, [
        usage,
      ]),
    ).then((imported) => imported ?? "mismatch"),
  );
  if (key === null) return "wrong_key";
  return box.length === WRAP_BYTES[role] ? key : "mismatch";
}

/** Whether private keys belong to public ones (spec/4.7): by using them, since they cannot be looked at. */
async function belong(
  agreementKey: CryptoKey,
  signingKey: CryptoKey,
  keys: PublicKeys,
): Promise<boolean> {
  const probe = utf8("does this private key belong to that public key?");
  if (!(await verifyBytes(keys.signing, probe, await signBytes(signingKey, probe)))) return false;
  const fresh = await generateAgreementPair(false);
  const theirs = await ecdhBits(fresh.privateKey, keys.agreement);
  const ours = await ecdhBits(agreementKey, await agreementPublicKeyOf(fresh));
  return theirs !== null && ours !== null && equalBytes(theirs, ours);
}

/**
 * Makes the wraps of a key set anew under another encryption key (spec/4.8, spec/4.9): a password change, a locked set whose old
 * password was typed, a recovery kit. What is inside goes over unchanged; the new wraps are opened and tried before they
 * are returned.
 */
export async function rewrapKeySet(options: {
  readonly address: Address;
  readonly number: number;
  readonly keys: PublicKeys;
  readonly wraps: Readonly<Record<Role, Box>>;
  readonly from: { readonly encryptionKey: EncryptionKey; readonly kdfSuite: number };
  readonly to: { readonly encryptionKey: EncryptionKey; readonly kdfSuite: number };
  readonly random: Random;
}): Promise<
  | { readonly ok: true; readonly wraps: Record<Role, Box> }
  | { readonly ok: false; readonly reason: UnwrapFault }
> {
  const { address, number, keys, wraps, from, to, random } = options;
  const made: Partial<Record<Role, Box>> = {};
  for (const role of ROLES) {
    const old = wrapAad(role, { address, number, kdfSuite: from.kdfSuite }, keys);
    const content = await openBox({ key: from.encryptionKey, box: wraps[role], aad: old });
    if (content === null) return { ok: false, reason: "wrong_key" };
    const aad = wrapAad(role, { address, number, kdfSuite: to.kdfSuite }, keys);
    made[role] = await sealBox({ key: to.encryptionKey, content, aad, random });
    content.fill(0);
  }
  const anew = made as Record<Role, Box>;
  const { encryptionKey, kdfSuite } = to;
  const place = { address, number, kdfSuite };
  const tried = await unwrapKeySet({
    ...place,
    wraps: anew,
    encryptionKey,
    keys,
    extractable: false,
  });
  return tried.ok ? { ok: true, wraps: anew } : tried;
}

/** A key set as the command line keeps it in its profile (spec/4.10). Secret, all of it but the public keys. */
export interface StoredKeySet {
  readonly number: number;
  readonly publicKeys: PublicKeys;
  /** PKCS #8, 138 bytes. */
  readonly agreement: Bytes;
  /** PKCS #8, 138 bytes. */
  readonly signing: Bytes;
  /** 32 bytes. */
  readonly vaultKey: Bytes;
}

/** The bytes of an extractable key set, for a profile file (spec/4.10). Web Crypto's `InvalidAccessError` for one that is not. */
export async function exportKeySet(open: OpenKeySet): Promise<StoredKeySet> {
  const [agreementBytes, signingBytes, vaultBytes] = await Promise.all([
    crypto.subtle.exportKey("pkcs8", open.agreementKey),
    crypto.subtle.exportKey("pkcs8", open.signingKey),
    crypto.subtle.exportKey("raw", open.vaultKey),
  ]);
  return {
    number: open.number,
    publicKeys: open.publicKeys,
    agreement: new Uint8Array(agreementBytes),
    signing: new Uint8Array(signingBytes),
    vaultKey: new Uint8Array(vaultBytes),
  };
}

/**
 * A key set from a profile file, no longer exportable (spec/4.10); null when the bytes are no such keys or do not belong
 * to the public ones: the file is damaged, and a password prompt gives the keys again.
 */
export async function importKeySet(stored: StoredKeySet): Promise<OpenKeySet | null> {
  const { number, publicKeys } = stored;
  if (stored.vaultKey.length !== 32) return null;
  const agreementKey = await orNull(
    "DataError",
    crypto.subtle.importKey("pkcs8", stored.agreement, agreement, false, ["deriveBits"]),
  );
  const signingKey = await orNull(
    "DataError",
    crypto.subtle.importKey("pkcs8", stored.signing, signing, false, ["sign"]),
  );
  if (agreementKey === null || signingKey === null) return null;
  if (!(await belong(agreementKey, signingKey, publicKeys))) return null;
  const vaultKey = await importBoxKey(stored.vaultKey);
  return { number, agreementKey, signingKey, vaultKey, publicKeys };
}
