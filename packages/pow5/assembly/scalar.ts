/**
 * pow5-64b (spec/7.1) written down plainly, one nonce at a time, with no SIMD and nothing unrolled: what the kernel is measured against, and a second
 * opinion on every vector. It has the same exports as the kernel; nothing else uses it.
 */

export const HEADER: usize = 0;
export const TARGET: usize = 64;
export const HASH: usize = 96;

const A: usize = 128;
const W: usize = 160;
const SUMS: usize = 192;
const WORK: usize = 320;

/** The state of a compression, 16 words. */
const STATE: usize = 352;
/** The message block in the order of the present round, 16 words, and the one of the next. */
const BLOCK: usize = 416;
const NEXT: usize = 480;

const IV: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const PERMUTATION: usize = memory.data<u8>([2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]);

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;

export function hash(): void {
  blake3(HEADER, 64, A);
  memory.copy(W, A, 32);
  for (let i: usize = 0; i < 32; i++) {
    blake3(W, 32, W);
    let sum: u32 = 0;
    for (let j: usize = 0; j < 32; j++) sum += <u32>load<u8>(A + j) * <u32>load<u8>(W + j);
    store<u32>(SUMS + 4 * i, bswap<u32>(sum));
  }
  blake3(SUMS, 128, WORK);
  blake3(WORK, 32, HASH);
  blake3(HASH, 32, HASH);
}

export function mine(count: u32): u32 {
  for (let tried: u32 = 0; tried < count; tried++) {
    hash();
    if (isBelowTarget()) return tried;
    store<u32>(HEADER + 28, load<u32>(HEADER + 28) + 1);
  }
  return count;
}

function isBelowTarget(): bool {
  for (let i: usize = 0; i < 32; i++) {
    const ours = load<u8>(HASH + i);
    const target = load<u8>(TARGET + i);
    if (ours != target) return ours < target;
  }
  return false;
}

/** `output` = BLAKE3 of `length` bytes at `input`, which are one chunk (at most 1024). */
function blake3(input: usize, length: u32, output: usize): void {
  memory.copy(STATE, IV, 32);
  let flags: u32 = CHUNK_START;
  while (length > 64) {
    compress(input, 64, flags);
    input += 64;
    length -= 64;
    flags = 0;
  }
  compress(input, length, flags | CHUNK_END | ROOT);
  memory.copy(output, STATE, 32);
}

/** The first 8 words of STATE = their compression with a block of `length` bytes, filled up with zeros. */
function compress(input: usize, length: u32, flags: u32): void {
  memory.fill(BLOCK, 0, 64);
  memory.copy(BLOCK, input, length);
  memory.copy(STATE + 32, IV, 16);
  store<u64>(STATE + 48, 0);
  store<u32>(STATE + 56, length);
  store<u32>(STATE + 60, flags);
  for (let round = 0; round < 7; round++) {
    quarterRound(0, 4, 8, 12, 0);
    quarterRound(1, 5, 9, 13, 2);
    quarterRound(2, 6, 10, 14, 4);
    quarterRound(3, 7, 11, 15, 6);
    quarterRound(0, 5, 10, 15, 8);
    quarterRound(1, 6, 11, 12, 10);
    quarterRound(2, 7, 8, 13, 12);
    quarterRound(3, 4, 9, 14, 14);
    for (let i: usize = 0; i < 16; i++) {
      store<u32>(NEXT + 4 * i, word(BLOCK, load<u8>(PERMUTATION + i)));
    }
    memory.copy(BLOCK, NEXT, 64);
  }
  for (let i: usize = 0; i < 8; i++) {
    store<u32>(STATE + 4 * i, word(STATE, i) ^ word(STATE, i + 8));
  }
}

function quarterRound(a: usize, b: usize, c: usize, d: usize, place: usize): void {
  mix(a, b, c, d, word(BLOCK, place), 16, 12);
  mix(a, b, c, d, word(BLOCK, place + 1), 8, 7);
}

function mix(a: usize, b: usize, c: usize, d: usize, message: u32, first: u32, second: u32): void {
  store<u32>(STATE + 4 * a, word(STATE, a) + word(STATE, b) + message);
  store<u32>(STATE + 4 * d, rotr<u32>(word(STATE, d) ^ word(STATE, a), first));
  store<u32>(STATE + 4 * c, word(STATE, c) + word(STATE, d));
  store<u32>(STATE + 4 * b, rotr<u32>(word(STATE, b) ^ word(STATE, c), second));
}

function word(address: usize, index: usize): u32 {
  return load<u32>(address + 4 * index);
}
