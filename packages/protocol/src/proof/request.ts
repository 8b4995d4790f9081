/**
 * The signed request for a challenge: nobody outside the sender's domain learns, by asking, whether two people talk.
 * @module spec/7.6
 */
import type { Address } from "../address.ts";
import type { Bytes } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import {
  type Signature,
  type SigningPublicKey,
  type VerifySignature,
  signBytes,
  verifyBytes,
} from "../keys.ts";

/** How far a request's time may be from the judging server's clock, either way, in milliseconds (spec/7.6). */
export const REQUEST_WINDOW = 5 * 60_000;

/** What a challenge request says (spec/7.6). */
export interface ChallengeRequest {
  readonly sender: Address;
  readonly recipient: Address;
  /** When it was signed, in milliseconds since 1970. */
  readonly time: number;
}

function requestBytes(request: ChallengeRequest): Bytes {
  return frame("keypears/v1/challenge-request", request.sender, request.recipient, request.time);
}

/** Signs a challenge request with the sender's active signing key (spec/7.6). */
export function signChallengeRequest(
  options: ChallengeRequest & { readonly signingKey: CryptoKey },
): Promise<Signature> {
  return signBytes(options.signingKey, requestBytes(options));
}

/**
 * Judges a challenge request by the key that the sender's domain publishes as active (spec/7.6): `time` when it is no
 * time or more than five minutes from `now`, `signature` when that key did not sign it.
 */
export async function verifyChallengeRequest(
  options: ChallengeRequest & {
    readonly signature: Signature;
    readonly signingPublicKey: SigningPublicKey;
    readonly now: number;
    readonly verify?: VerifySignature;
  },
): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: "time" | "signature" }> {
  const { time, signature, signingPublicKey, now, verify = verifyBytes } = options;
  const isTime = Number.isSafeInteger(time) && time >= 0;
  if (!isTime || Math.abs(now - time) > REQUEST_WINDOW) {
    return { ok: false, reason: "time" };
  }
  const genuine = await verify(signingPublicKey, requestBytes(options), signature);
  return genuine ? { ok: true } : { ok: false, reason: "signature" };
}
