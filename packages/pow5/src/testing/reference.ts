/**
 * pow5-64b (spec/7.1) as the specification writes it, slow and plain: the oracle that the kernel is tested against. Nothing but tests uses it.
 */
import { blake3 } from "@noble/hashes/blake3.js";

/** Work and hash, 32 bytes each, of a header of 64 bytes (spec/7.1). */
export function pow5(header: Uint8Array): { work: Uint8Array; hash: Uint8Array } {
  const a = blake3(header);
  const sums = new DataView(new ArrayBuffer(128));
  let w = a;
  for (let i = 0; i < 32; i++) {
    w = blake3(w);
    sums.setUint32(
      4 * i,
      w.reduce((sum, byte, j) => sum + byte * a[j]!, 0),
    );
  }
  const work = blake3(new Uint8Array(sums.buffer));
  return { work, hash: blake3(blake3(work)) };
}

/** Whether a hash of 32 bytes meets a difficulty (spec/7.1). */
export function meets(hash: Uint8Array, difficulty: number): boolean {
  const value = hash.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return value < (2n ** 256n - 1n) / BigInt(difficulty);
}
