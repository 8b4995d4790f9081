/** Signatures by keys that come again and again: each key is imported once, which costs half of what verifying does. */
import {
  type Bytes,
  type Signature,
  type SigningPublicKey,
  importSigningPublic,
  toHex,
  verifyWith,
} from "@keypears/protocol";

/** Keys that are kept, about two kilobytes each. */
const MOST_KEYS = 5_000;

export class SigningKeys {
  readonly #most: number;
  readonly #keys = new Map<string, Promise<CryptoKey | null>>();

  constructor(most = MOST_KEYS) {
    this.#most = most;
  }

  /** Whether a signature is by this key, as `verifyBytes` of the protocol says. A member that needs no `this`. */
  readonly verify = async (
    publicKey: SigningPublicKey,
    bytes: Bytes,
    signature: Signature,
  ): Promise<boolean> => {
    const key = await this.#import(publicKey);
    return key !== null && verifyWith(key, bytes, signature);
  };

  /** How many keys are kept. */
  get size(): number {
    return this.#keys.size;
  }

  #import(publicKey: SigningPublicKey): Promise<CryptoKey | null> {
    const name = toHex(publicKey);
    const key = this.#keys.get(name) ?? importSigningPublic(publicKey);
    // Taken out and put back, so that what was not used the longest is the first to go.
    this.#keys.delete(name);
    this.#keys.set(name, key);
    if (this.#keys.size > this.#most) {
      const [oldest] = this.#keys.keys();
      if (oldest !== undefined) this.#keys.delete(oldest);
    }
    return key;
  }
}
