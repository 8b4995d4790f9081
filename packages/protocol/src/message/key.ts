/**
 * The key of one message, the same for both ends.
 * @module spec/6.2
 */
import type { Bytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type AgreementPublicKey, ecdhBits, hkdf, importBoxKey, sha256 } from "../keys.ts";

/**
 * The AES-256-GCM key of the message with these header bytes (spec/6.2): from the ECDH secret of one's own agreement key
 * and the other end's public one, the header's salt, and the hash of the header. Null when the public key is no point of
 * the curve.
 */
export async function messageKey(options: {
  readonly agreementKey: CryptoKey;
  readonly peer: AgreementPublicKey;
  readonly header: Bytes;
  readonly salt: Bytes;
}): Promise<CryptoKey | null> {
  const { agreementKey, peer, header, salt } = options;
  const secret = await ecdhBits(agreementKey, peer);
  if (secret === null) return null;
  // The header is longer than HKDF's info may be: its hash stands for it.
  const info = frame("keypears/v1/message-key", await sha256(header));
  return importBoxKey(await hkdf({ input: secret, salt, info }));
}
