/**
 * What is inside a box: JSON, padded so that its length says little.
 * @module spec/6.3
 */
import { type Bytes, fromBase64url, fromUtf8, toBase64url, utf8 } from "../bytes/encoding.ts";
import { type Id, parseId } from "../bytes/id.ts";
import { type Hash, parseHash } from "../keys.ts";

/** The shortest padded content, in bytes; the others are its doubles (spec/6.3). */
export const MIN_PADDED = 256;
/** The longest padded content, in bytes (spec/6.3). */
export const MAX_PADDED = 65_536;
/** The longest content before padding, in bytes: one less, for the byte 0x80 (spec/6.3). */
export const CONTENT_BYTES = MAX_PADDED - 1;
/** How many earlier messages a content can name in `after` (spec/6.3). */
export const MOST_AFTER = 4;
/** How deep a content's arrays and objects can nest; the outermost object is 1 (spec/6.3). */
export const CONTENT_DEPTH = 16;

const typeName = /^[a-z][a-z0-9-]{0,31}$/;

/** One message that the author had seen when writing: its id and the SHA-256 of its box (spec/6.3). */
export interface After {
  readonly id: Id;
  readonly hash: Hash;
}

/** A text message (spec/6.3). */
export interface TextContent {
  readonly type: "text";
  readonly text: string;
  /** The message that this one answers. */
  readonly ref?: Id;
  /** The last messages of the conversation that the author saw, at most four. */
  readonly after: readonly After[];
}

/** A content of a type that this version does not know: shown as "needs a newer version" (spec/6.3). */
export interface UnknownContent {
  readonly type: "unknown";
  /** The type it declares: a lower-case letter, then up to 31 letters, digits or hyphens. */
  readonly declared: string;
  readonly after: readonly After[];
}

/** What can be written (spec/6.3). */
export type Content = TextContent;
/** What can be read (spec/6.3). */
export type ReadContent = TextContent | UnknownContent;

/**
 * The JSON bytes of a content (spec/6.3). They fit in a message when they are at most `CONTENT_BYTES`. `TypeError` for a
 * text with lone surrogates, `RangeError` for more than four `after`.
 */
export function encodeContent(content: Content): Bytes {
  if (content.after.length > MOST_AFTER) throw new RangeError("after: at most 4");
  // JSON.stringify would escape a lone surrogate, and every reader would refuse the message.
  if (!content.text.isWellFormed()) throw new TypeError("text: lone surrogate");
  return utf8(
    JSON.stringify({
      type: content.type,
      text: content.text,
      ...(content.ref === undefined ? {} : { ref: content.ref }),
      after: content.after.map(({ id, hash }) => ({ id, hash: toBase64url(hash) })),
    }),
  );
}

/**
 * The content of JSON bytes, or null (spec/6.3): at most 65 535 bytes of UTF-8, nested at most 16 deep, one object with a
 * `type`, and `after`, where present, of at most four. Unknown members are ignored, an unknown type is an `UnknownContent`.
 */
export function decodeContent(bytes: Uint8Array): ReadContent | null {
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null) return null;
  const { type, text, ref, after: listed } = value as Record<string, unknown>;
  const after = decodeAfter(listed);
  if (typeof type !== "string" || !typeName.test(type) || after === null) return null;
  if (type !== "text") return { type: "unknown", declared: type, after };
  if (typeof text !== "string" || !text.isWellFormed()) return null;
  if (ref === undefined) return { type, text, after };
  const id = typeof ref === "string" ? parseId(ref) : null;
  return id === null ? null : { type, text, ref: id, after };
}

function decodeAfter(listed: unknown): After[] | null {
  if (listed === undefined) return [];
  if (!Array.isArray(listed) || listed.length > MOST_AFTER) return null;
  const after: After[] = [];
  for (const item of listed as unknown[]) {
    if (typeof item !== "object" || item === null) return null;
    const { id: idText, hash: hashText } = item as Record<string, unknown>;
    const id = typeof idText === "string" ? parseId(idText) : null;
    const bytes = typeof hashText === "string" ? fromBase64url(hashText) : null;
    const hash = bytes && parseHash(bytes);
    if (id === null || hash === null) return null;
    after.push({ id, hash });
  }
  return after;
}

/** A value, or undefined where the bytes are no JSON within the limits (which no JSON text stands for). */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > CONTENT_BYTES) return undefined;
  const text = fromUtf8(bytes);
  if (text === null || depthOf(text) > CONTENT_DEPTH) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** How deep a JSON text nests: counted before it is parsed, since a parser may recurse and the sender is a stranger. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

/** The padded length of a content of `length` bytes, or null when it is too long (spec/6.3). */
function paddedLength(length: number): number | null {
  for (let padded = MIN_PADDED; padded <= MAX_PADDED; padded *= 2) {
    if (length < padded) return padded;
  }
  return null;
}

/** The content, 0x80, and zeros up to the next of 256, 512, … 65 536 bytes; null for more than 65 535 bytes (spec/6.3). */
export function pad(content: Uint8Array): Bytes | null {
  const length = paddedLength(content.length);
  if (length === null) return null;
  const padded = new Uint8Array(length);
  padded.set(content);
  padded[content.length] = 0x80;
  return padded;
}

/** The content of a padded one, or null when it is not exactly what `pad` gives: one content has one padding (spec/6.3). */
export function unpad(padded: Uint8Array): Bytes | null {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  if (end < 0 || padded[end] !== 0x80 || paddedLength(end) !== padded.length) return null;
  return padded.slice(0, end);
}
