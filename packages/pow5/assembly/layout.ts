/**
 * Where the kernel keeps things in its memory. What is "in lanes" has four inputs side by side: word k of input i is the i-th 32-bit lane
 * of the k-th v128.
 *
 * Constants are here too. V8 keeps a vector that it has loaded in a register or next to it, but builds one that is written as a constant
 * anew, in four instructions, wherever it is used.
 */

/** Given: nonce and seed, 64 bytes. */
export const HEADER: usize = 0;
/** Given: the number, 32 bytes big-endian, that a hash has to be below. */
export const TARGET: usize = 64;
/** Answered by `hash`: 32 bytes. */
export const HASH: usize = 96;

/** Four headers in lanes, 16 words. */
export const HEADERS: usize = 128;
/** A in lanes, its 8 words split: the even bytes of each word as two 16-bit numbers, then the odd ones. */
export const FACTORS: usize = 384;
/** c₁ … c₃₂ in lanes. */
export const SUMS: usize = 640;
/** The chaining value, and then the hash, in lanes, 8 words. */
export const STATE: usize = 1152;

/** The chaining value that BLAKE3 starts with, in lanes, 8 words. */
// oxfmt-ignore
export const IV: usize = memory.data<u32>([
  0x6a09e667, 0x6a09e667, 0x6a09e667, 0x6a09e667,
  0xbb67ae85, 0xbb67ae85, 0xbb67ae85, 0xbb67ae85,
  0x3c6ef372, 0x3c6ef372, 0x3c6ef372, 0x3c6ef372,
  0xa54ff53a, 0xa54ff53a, 0xa54ff53a, 0xa54ff53a,
  0x510e527f, 0x510e527f, 0x510e527f, 0x510e527f,
  0x9b05688c, 0x9b05688c, 0x9b05688c, 0x9b05688c,
  0x1f83d9ab, 0x1f83d9ab, 0x1f83d9ab, 0x1f83d9ab,
  0x5be0cd19, 0x5be0cd19, 0x5be0cd19, 0x5be0cd19,
], 16);

/** For `swizzle`: each lane rotated right by 16 bits, by 8, and with its bytes in the other order. */
// oxfmt-ignore
export const BYTE_ORDERS: usize = memory.data<u8>([
  2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,
  1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12,
  3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12,
], 16);
