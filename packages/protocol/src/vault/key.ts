/**
 * The key of the vault: derived from a key set's agreement key and its vault seed, and safe should either alone fall.
 * @module spec/5.1
 */
import type { Address } from "../address.ts";
import { type Bytes, concat } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type AgreementPublicKey, ecdhBits, hkdf, importBoxKey } from "../keys.ts";

/** A vault seed, in bytes (spec/4.1). */
export const VAULT_SEED_BYTES = 32;

/**
 * The vault key of a key set, AES-256-GCM (spec/5.1): HKDF over 32 bytes of ECDH with the set's own public key and 32 bytes
 * of vault seed. Not exportable unless `extractable`, which is for the command line's key file (spec/4.10). `RangeError`
 * for a seed of another length or a public key off the curve.
 */
export async function deriveVaultKey(options: {
  readonly agreementKey: CryptoKey;
  readonly agreementPublicKey: AgreementPublicKey;
  readonly vaultSeed: Bytes;
  readonly address: Address;
  readonly number: number;
  readonly extractable?: boolean;
}): Promise<CryptoKey> {
  const { agreementKey, agreementPublicKey, vaultSeed, address, number, extractable } = options;
  if (vaultSeed.length !== VAULT_SEED_BYTES) throw new RangeError("vaultSeed: 32 bytes");
  const shared = await ecdhBits(agreementKey, agreementPublicKey);
  if (shared === null) throw new RangeError("agreementPublicKey: not on the curve");
  const input = concat(shared, vaultSeed);
  const derived = await hkdf({ input, info: frame("keypears/v1/vault", address, number) });
  const key = await importBoxKey(derived, extractable);
  for (const secret of [shared, input, derived]) secret.fill(0);
  return key;
}
