/**
 * The random of tests: real, since tests make real keys. Only test code imports it.
 * @module
 */
import type { Bytes } from "../bytes/encoding.ts";

/** That many random bytes from the platform. */
export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
