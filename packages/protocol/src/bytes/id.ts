/**
 * Ids: UUIDv7, 16 bytes, lower-case text in JSON.
 * @module spec/6.6
 */
import { type Bytes, fromHex, toHex } from "./encoding.ts";

declare const idBrand: unique symbol;
/** The lower-case text of a UUIDv7 (spec/1.2). */
export type Id = string & { readonly [idBrand]: true };

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A UUIDv7 from a time in milliseconds and 10 random bytes (spec/6.6). `RangeError` for a time that 48 bits do not hold. */
export function makeId(time: number, random: Uint8Array): Id {
  if (!Number.isSafeInteger(time) || time < 0 || time >= 2 ** 48) {
    throw new RangeError("time: 0 to 2^48-1");
  }
  if (random.length !== 10) throw new RangeError("random: 10 bytes");
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time) << 16n);
  bytes.set(random, 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  return idFromBytes(bytes) as Id;
}

/** An id from its text: exactly the lower-case form of a UUIDv7, else null (spec/1.2). */
export function parseId(text: string): Id | null {
  return pattern.test(text) ? (text as Id) : null;
}

/** The 16 bytes of an id (spec/1.1). */
export function idBytes(id: Id): Bytes {
  return fromHex(id.replaceAll("-", "")) as Bytes;
}

/** The id of 16 bytes, or null when they are no UUIDv7 (spec/1.1). */
export function idFromBytes(bytes: Uint8Array): Id | null {
  if (bytes.length !== 16) return null;
  const hex = toHex(bytes);
  return parseId(
    [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
      "-",
    ),
  );
}

/** The time that an id carries, in milliseconds since 1970 (spec/6.6). */
export function idTime(id: Id): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
