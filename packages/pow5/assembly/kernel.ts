/**
 * pow5-64b (spec/7.1), four nonces at once. Written out in full are only the two BLAKE3 functions (assembly/unroll.js): every input here is
 * at most 128 bytes, so one BLAKE3 chunk of one or two blocks.
 */
import { compress, hash32 } from "../build/compress";
import { BYTE_ORDERS, FACTORS, HASH, HEADER, HEADERS, IV, STATE, SUMS, TARGET } from "./layout";

export { HASH, HEADER, TARGET } from "./layout";

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;

/** Nonce (32 bytes) and seed (32): the last word of the nonce is counted up. */
const COUNTER = 7;

/** HASH = the hash of HEADER. */
export function hash(): void {
  fillLanes();
  hashLanes();
  for (let word: usize = 0; word < 8; word++) {
    store<u32>(HASH + 4 * word, load<u32>(STATE + 16 * word));
  }
}

/**
 * Tries `count` nonces: that of HEADER, its last four bytes counted up (little-endian, modulo 2³²). Returns how many came before the first one
 * whose hash is below TARGET: `count` if there is none.
 */
export function mine(count: u32): u32 {
  fillLanes();
  const highest = v128.splat<u32>(bigEndian(TARGET));
  for (let tried: u32 = 0; tried < count; tried += 4) {
    hashLanes();
    // The first word alone rules out nearly every lane of nearly every round.
    if (v128.any_true(v128.le<u32>(swapBytes(v128.load(STATE)), highest))) {
      for (let lane: u32 = 0; lane < 4 && tried + lane < count; lane++) {
        if (isBelowTarget(lane)) return tried + lane;
      }
    }
    const counter = HEADERS + 16 * COUNTER;
    v128.store(counter, v128.add<i32>(v128.load(counter), v128.splat<i32>(4)));
  }
  return count;
}

/** HEADERS = HEADER and the next three, counted up. */
function fillLanes(): void {
  for (let word: usize = 0; word < 16; word++) {
    v128.store(HEADERS + 16 * word, v128.splat<u32>(load<u32>(HEADER + 4 * word)));
  }
  const counter = HEADERS + 16 * COUNTER;
  v128.store(counter, v128.add<i32>(v128.load(counter), i32x4(0, 1, 2, 3)));
}

/** STATE = the hashes of HEADERS. */
function hashLanes(): void {
  // A = H(header)
  startChunk();
  compress(HEADERS, CHUNK_START | CHUNK_END | ROOT);
  for (let word: usize = 0; word < 8; word++) {
    const a = v128.load(STATE + 16 * word);
    v128.store(FACTORS + 32 * word, evenBytes(a));
    v128.store(FACTORS + 32 * word, oddBytes(a), 16);
  }
  // wᵢ = H(wᵢ₋₁), cᵢ = Σ A[j] · wᵢ[j]
  for (let i: usize = 0; i < 32; i++) {
    hash32();
    const low = v128.add<i32>(v128.add<i32>(term(0), term(1)), v128.add<i32>(term(2), term(3)));
    const high = v128.add<i32>(v128.add<i32>(term(4), term(5)), v128.add<i32>(term(6), term(7)));
    v128.store(SUMS + 16 * i, swapBytes(v128.add<i32>(low, high)));
  }
  // work = H(c₁ ‖ … ‖ c₃₂)
  startChunk();
  compress(SUMS, CHUNK_START);
  compress(SUMS + 256, CHUNK_END | ROOT);
  // H(H(work))
  hash32();
  hash32();
}

/** STATE = the chaining value that BLAKE3 starts with. */
function startChunk(): void {
  for (let word: usize = 0; word < 8; word++) {
    v128.store(STATE + 16 * word, v128.load(IV + 16 * word));
  }
}

/** The four products of the bytes of one word, added up, in each lane. */
function term(word: usize): v128 {
  const w = v128.load(STATE + 16 * word);
  return v128.add<i32>(
    i32x4.dot_i16x8_s(v128.load(FACTORS + 32 * word), evenBytes(w)),
    i32x4.dot_i16x8_s(v128.load(FACTORS + 32 * word, 16), oddBytes(w)),
  );
}

function evenBytes(words: v128): v128 {
  return v128.and(words, v128.splat<u32>(0x00ff00ff));
}

function oddBytes(words: v128): v128 {
  return v128.shr<u16>(words, 8);
}

/** Each lane with its bytes in the other order. */
function swapBytes(words: v128): v128 {
  return v128.swizzle(words, v128.load(BYTE_ORDERS, 32));
}

function bigEndian(address: usize): u32 {
  return bswap<u32>(load<u32>(address));
}

function isBelowTarget(lane: u32): bool {
  for (let word: usize = 0; word < 8; word++) {
    const ours = bigEndian(STATE + 16 * word + 4 * lane);
    const target = bigEndian(TARGET + 4 * word);
    if (ours != target) return ours < target;
  }
  return false;
}
