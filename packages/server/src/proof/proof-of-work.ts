/**
 * The server's side of the proof of work: challenges that it need not remember, and whether a solution holds (spec/7.2).
 *
 * The keys are made from the server's secret, one a day, so that all app nodes have the same without telling each other.
 */
import { ApiError } from "@keypears/api";
import {
  type Bytes,
  CHALLENGE_LIFETIME,
  type Challenge,
  type Domain,
  type ExpectedChallenge,
  type Part,
  type Purpose,
  type Random,
  type Solution,
  frame,
  hkdf,
  makeChallenge,
  verifySolution,
} from "@keypears/protocol";
import { digest } from "../digest.ts";

/** How long one key is used, in milliseconds. */
const KEY_LIFETIME = 24 * 3_600_000;

interface Options {
  readonly secret: Bytes;
  readonly random: Random;
  /** Database time. */
  readonly now: () => Promise<number>;
  /** Whether a nonce meets its part: the kernel's word. */
  readonly verifyPart: (part: Part, nonce: Bytes) => boolean;
}

export class ProofOfWork {
  readonly #options: Options;
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** A new challenge under today's key. */
  async issue(about: {
    readonly domain: Domain;
    readonly purpose: Purpose;
    readonly subject: Bytes;
    readonly difficulty: number;
  }): Promise<Challenge> {
    const now = await this.#options.now();
    const keyId = String(Math.floor(now / KEY_LIFETIME));
    return makeChallenge({
      ...about,
      key: await this.#key(keyId),
      keyId,
      now,
      random: this.#options.random,
    });
  }

  /** Throws `work_refused` with the reason, or `new_challenge`, unless the solution holds. Whether it is used up is for its claim. */
  async verify(solution: Solution, expected: ExpectedChallenge): Promise<void> {
    const now = await this.#options.now();
    const { keyId } = solution.challenge;
    const result = await verifySolution({
      solution,
      key: isCurrent(keyId, now) ? await this.#key(keyId) : null,
      expected,
      now,
      verifyPart: this.#options.verifyPart,
      digest,
    });
    if (result.ok) return;
    if (result.reason === "unknown_key") throw new ApiError("new_challenge");
    throw new ApiError("work_refused", { reason: result.reason });
  }

  #key(keyId: string): Promise<CryptoKey> {
    const known = this.#keys.get(keyId);
    if (known !== undefined) return known;
    // Two days' keys at most are ever asked for.
    if (this.#keys.size >= 2) this.#keys.clear();
    const made = makeKey(this.#options.secret, keyId);
    this.#keys.set(keyId, made);
    return made;
  }
}

/** Today's key, or yesterday's while a challenge made under it can still be good. */
function isCurrent(keyId: string, now: number): boolean {
  return (
    keyId === String(Math.floor(now / KEY_LIFETIME)) ||
    keyId === String(Math.floor((now - CHALLENGE_LIFETIME) / KEY_LIFETIME))
  );
}

async function makeKey(secret: Bytes, keyId: string): Promise<CryptoKey> {
  const bytes = await hkdf({ input: secret, info: frame("keypears/v1/pow-key", keyId) });
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
}
