/** SHA-256 of what everybody may know, in this thread. */
import { hash } from "node:crypto";
import type { Bytes, Hash } from "@keypears/protocol";

/**
 * For the two dozen small hashes that a message takes: by way of Web Crypto, whose work is done on other threads, handing
 * them over and back would cost more than all the rest of it.
 */
export function digest(bytes: Bytes): Hash {
  return new Uint8Array(hash("sha256", bytes, "buffer")) as Hash;
}
