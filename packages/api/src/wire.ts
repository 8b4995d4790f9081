/**
 * How values stand in JSON: codecs between the wire (text, numbers) and the protocol's types. Every length is bounded.
 * @module spec/1.2
 */
import {
  type Address,
  type Box,
  type Bytes,
  type Domain,
  type Hash,
  type Id,
  type Signature,
  fromBase64url,
  parseAddress,
  parseBox,
  parseDomain,
  parseHash,
  parseId,
  parseSignature,
  toBase64url,
} from "@keypears/protocol";
import * as z from "zod/mini";

// The web app's policy lets no code be made from text (spec/8.3), and Zod tries to as soon as a schema is made.
z.config({ jitless: true });

/** Characters that `length` bytes take as unpadded base64url. */
function textLength(length: number): number {
  return Math.ceil((length * 4) / 3);
}

/** Bytes as unpadded base64url, between `least` and `most` bytes long (spec/1.2). */
export function bytes(least: number, most: number = least) {
  return codec(
    z.string().check(z.minLength(textLength(least)), z.maxLength(textLength(most))),
    (text) => {
      const value = fromBase64url(text);
      return value !== null && value.length >= least && value.length <= most ? value : null;
    },
    toBase64url,
    `unpadded base64url of ${least === most ? least : `${least} to ${most}`} bytes`,
  );
}

/** A text on the wire that a parser of the protocol turns into its type, or refuses by null. */
function codec<T>(
  text: z.ZodMiniString,
  parse: (text: string) => T | null,
  write: (value: T) => string,
  what: string,
) {
  return z.codec(text.check(z.describe(what)), z.custom<T>(), {
    decode: (value, context) => {
      const parsed = parse(value);
      if (parsed !== null) return parsed;
      context.issues.push({ code: "custom", input: value, message: `expected ${what}` });
      return z.NEVER;
    },
    encode: write,
  });
}

function branded<T extends Bytes>(
  least: number,
  most: number,
  parse: (bytes: Bytes) => T | null,
  what: string,
) {
  return codec(
    z.string().check(z.minLength(textLength(least)), z.maxLength(textLength(most))),
    (text) => {
      const value = fromBase64url(text);
      return value === null ? null : parse(value);
    },
    toBase64url,
    what,
  );
}

/** An address; its canonical form comes out (spec/2.2). */
export const address = codec<Address>(
  z.string().check(z.maxLength(254)),
  parseAddress,
  (value) => value,
  "an address such as alice@acme.com",
);
/** A domain (spec/2.1). */
export const domain = codec<Domain>(
  z.string().check(z.maxLength(253)),
  parseDomain,
  (value) => value,
  "a domain such as acme.com",
);
/** An address or a whole domain, as one blocks it (spec/7.6). */
export const blockTarget = codec<Address | Domain>(
  z.string().check(z.maxLength(254)),
  (text) => (text.includes("@") ? parseAddress(text) : parseDomain(text)),
  (value) => value,
  "an address or a domain",
);
/** A UUIDv7 in lower case (spec/6.6). */
export const id = codec<Id>(
  z.string().check(z.length(36)),
  parseId,
  (value) => value,
  "a lower-case UUIDv7",
);
/** A SHA-256, 32 bytes. */
export const hash = branded<Hash>(32, 32, parseHash, "base64url of 32 bytes");
/** An ECDSA signature r‖s, 64 bytes (spec/1.3). */
export const signature = branded<Signature>(64, 64, parseSignature, "base64url of 64 bytes");
/** A box of at most `most` bytes: nonce, ciphertext, tag (spec/1.3). */
export function box(most: number) {
  return branded<Box>(
    28,
    most,
    (value) => (value.length <= most ? parseBox(value) : null),
    "a box",
  );
}

/** Milliseconds since 1970 (spec/1.2). */
export const time = z.int().check(z.minimum(0));
/** A mailbox revision: counts up with every change of one account's mailbox, from 1 (spec/6.6). */
export const revision = z.int().check(z.minimum(0));
/** The number of a key set, from 1 (spec/4.1). */
export const keyNumber = z.int().check(z.minimum(1));
/** A difficulty, 1 to 2⁵³−1 (spec/7.3). */
export const difficulty = z.int().check(z.minimum(1));
/** A whole number in a query string. */
export function queryInteger(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return z.codec(
    z.string().check(z.regex(/^[0-9]{1,16}$/), z.describe(`a whole number from ${least}`)),
    z.int().check(z.minimum(least), z.maximum(most)),
    { decode: Number, encode: String },
  );
}
