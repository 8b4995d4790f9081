/**
 * `frame`: the one way to turn structured data into bytes for a MAC, a signature, additional data or HKDF info.
 * @module spec/1.1
 */
import { type Bytes, equalBytes, fromUtf8, utf8 } from "./encoding.ts";

/** What a frame can hold: text as UTF-8, a whole number as 8 bytes big-endian, bytes as they are, null or undefined as length 0, a list. */
export type FrameField = string | number | Uint8Array | null | undefined | FrameList;

/** A list in a frame: its count as one field, then each item as a field (spec/1.1). Made by `list`. */
export interface FrameList {
  readonly items: readonly (string | number | Uint8Array)[];
}

/** A list for `frame` (spec/1.1). */
export function list(...items: readonly (string | number | Uint8Array)[]): FrameList {
  return { items };
}

/** A whole number from 0 to 2⁵³−1 as 8 bytes, big-endian (spec/1.1). `RangeError` beyond. */
export function integerBytes(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("integer: 0 to 2^53-1");
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/**
 * Label and fields, each behind its length as 4 bytes big-endian (spec/1.1). Deterministic and injective: different
 * fields never give the same bytes. A field whose absence means something must never be empty bytes.
 */
export function frame(label: string, ...fields: readonly FrameField[]): Bytes {
  const parts: Uint8Array[] = [utf8(label)];
  for (const field of fields) {
    if (field === null || field === undefined) parts.push(new Uint8Array(0));
    else if (typeof field === "object" && "items" in field) {
      parts.push(integerBytes(field.items.length), ...field.items.map(valueBytes));
    } else parts.push(valueBytes(field));
  }
  let length = 0;
  for (const part of parts) length += 4 + part.length;
  const framed = new Uint8Array(length);
  const view = new DataView(framed.buffer);
  let offset = 0;
  for (const part of parts) {
    view.setUint32(offset, part.length);
    framed.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return framed;
}

function valueBytes(value: string | number | Uint8Array): Uint8Array {
  if (typeof value === "string") return utf8(value);
  return typeof value === "number" ? integerBytes(value) : value;
}

/**
 * Strict reader of one frame: right label, every field within bounds, nothing trailing (spec/1.1). Each method returns
 * null when the frame does not hold what is asked for; after the first null every later one is null too, so a caller
 * may read all fields and look once at `done()`.
 */
export class FrameReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #offset = 0;
  #failed = false;

  /** Begins to read `bytes`; every answer is null when their label is not `label`. */
  constructor(bytes: Uint8Array, label: string) {
    // A copy: fields must not change under the reader, and `slice` of a Node Buffer would give views into its pool.
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
    const found = this.bytes();
    if (found === null || !equalBytes(found, utf8(label))) this.#failed = true;
  }

  /** The next field as bytes, empty when it is absent. */
  bytes(): Bytes | null {
    if (this.#failed) return null;
    const start = this.#offset + 4;
    if (start > this.#bytes.length) return this.#fail();
    const length = this.#view.getUint32(this.#offset);
    if (length > this.#bytes.length - start) return this.#fail();
    this.#offset = start + length;
    return this.#bytes.slice(start, start + length);
  }

  /** The next field as exactly `length` bytes. */
  fixed(length: number): Bytes | null {
    const bytes = this.bytes();
    if (bytes === null || bytes.length !== length) return this.#fail();
    return bytes;
  }

  /** The next field as exactly `length` bytes or absent: `undefined` where it is absent. */
  optional(length: number): Bytes | undefined | null {
    const bytes = this.bytes();
    if (bytes === null) return null;
    if (bytes.length === 0) return undefined;
    return bytes.length === length ? bytes : this.#fail();
  }

  /** The next field as UTF-8 text. */
  text(): string | null {
    const bytes = this.bytes();
    if (bytes === null) return null;
    return fromUtf8(bytes) ?? this.#fail();
  }

  /** The next field as a whole number, 0 to 2⁵³−1. */
  integer(): number | null {
    const bytes = this.fixed(8);
    return bytes === null ? null : this.#integer(bytes);
  }

  /** The next field as a whole number, `undefined` where it is absent. */
  optionalInteger(): number | undefined | null {
    const bytes = this.optional(8);
    return bytes === null || bytes === undefined ? bytes : this.#integer(bytes);
  }

  /** A list of at most `most` items of exactly `length` bytes each. */
  listOf(length: number, most: number): Bytes[] | null {
    const count = this.integer();
    if (count === null || count > most) return this.#fail();
    const items: Bytes[] = [];
    for (let i = 0; i < count; i++) {
      const item = this.fixed(length);
      if (item === null) return null;
      items.push(item);
    }
    return items;
  }

  /** Whether everything was read, all of it was there, and nothing is left over. */
  done(): boolean {
    return !this.#failed && this.#offset === this.#bytes.length;
  }

  #integer(bytes: Bytes): number | null {
    const value = new DataView(bytes.buffer).getBigUint64(0);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? this.#fail() : Number(value);
  }

  #fail(): null {
    this.#failed = true;
    return null;
  }
}
