/**
 * Sealing a message: header, box, signature.
 * @module spec/6.4
 */
import type { Address } from "../address.ts";
import type { Bytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import type { Id } from "../bytes/id.ts";
import {
  type AgreementPublicKey,
  type Random,
  SUITE,
  type SigningPublicKey,
  sealBox,
  signBytes,
} from "../keys.ts";
import { type Content, encodeContent, pad } from "./content.ts";
import { type Envelope, SALT_BYTES, conversationId, encodeHeader } from "./header.ts";
import { messageKey } from "./key.ts";

/** How long after its sent time a message lives at least, in milliseconds (spec/6.7). */
export const MIN_LIFETIME = 60_000;

/** Who writes: an address with its active key set, opened (spec/4.10). */
export interface Sender {
  readonly address: Address;
  readonly keyNumber: number;
  /** ECDH, for `deriveBits`. */
  readonly agreementKey: CryptoKey;
  /** ECDSA, for `sign`. */
  readonly signingKey: CryptoKey;
  readonly publicKeys: {
    readonly agreement: AgreementPublicKey;
    readonly signing: SigningPublicKey;
  };
}

/** Who is written to: an address with the agreement key of its active record (spec/4.5). */
export interface Recipient {
  readonly address: Address;
  readonly keyNumber: number;
  readonly agreementPublicKey: AgreementPublicKey;
}

/** What a signature is over (spec/6.4): header and box as they travel. */
export function signedBytes(envelope: Pick<Envelope, "header" | "box">): Bytes {
  return frame("keypears/v1/envelope", envelope.header, envelope.box);
}

/**
 * Seals a content as a message that both ends can open (spec/6.1 to spec/6.4). `random` is asked for the 32 bytes of the
 * salt, then for the 12 of the nonce. `RangeError` for a message to oneself, a content longer than `CONTENT_BYTES`, a
 * `deleteAfter` less than 60 s after `sentAt`, and a recipient's key that is no point of the curve: callers know all four
 * before.
 */
export async function seal(options: {
  readonly content: Content;
  readonly sender: Sender;
  readonly recipient: Recipient;
  readonly id: Id;
  readonly sentAt: number;
  readonly deleteAfter: number | null;
  readonly random: Random;
}): Promise<Envelope> {
  const { content, sender, recipient, id, sentAt, deleteAfter, random } = options;
  if (sender.address === recipient.address) throw new RangeError("recipient: not the sender");
  const padded = pad(encodeContent(content));
  if (padded === null) throw new RangeError("content: at most 65535 bytes");
  if (deleteAfter !== null && deleteAfter < sentAt + MIN_LIFETIME) {
    throw new RangeError("deleteAfter: at least 60 s after sentAt");
  }
  const salt = random(SALT_BYTES);
  const header = encodeHeader({
    suite: SUITE,
    id,
    conversation: await conversationId(sender.address, recipient.address),
    sender: sender.address,
    recipient: recipient.address,
    senderKeyNumber: sender.keyNumber,
    recipientKeyNumber: recipient.keyNumber,
    senderAgreementKey: sender.publicKeys.agreement,
    recipientAgreementKey: recipient.agreementPublicKey,
    senderSigningKey: sender.publicKeys.signing,
    sentAt,
    deleteAfter,
    salt,
  });
  const { agreementKey } = sender;
  const key = await messageKey({ agreementKey, peer: recipient.agreementPublicKey, header, salt });
  if (key === null) throw new RangeError("recipient: the key is no point of the curve");
  const box = await sealBox({ key, content: padded, aad: header, random });
  const signature = await signBytes(sender.signingKey, signedBytes({ header, box }));
  return { header, box, signature, wraps: [] };
}
