/**
 * pow5-64b (spec/7.1) in WGSL as the specification writes it: one hash function for any input, over arrays of bytes, in loops, with its tables in arrays. It takes what our
 * kernel takes and gives what that gives, and is what bench/pow5-gpu.ts measures that against; nothing else uses it.
 */
export const plainSource = /* wgsl */ `
struct Search { nonce: array<u32, 8>, seed: array<u32, 8>, highest: array<u32, 8>, count: u32 }

@group(0) @binding(0) var<storage, read> searches: array<Search>;
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>>;

const IV = array<u32, 8>(
  0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
);
const PERMUTATION = array<u32, 16>(2u, 6u, 3u, 10u, 7u, 0u, 4u, 13u, 1u, 11u, 12u, 5u, 9u, 14u, 15u, 8u);

// Bytes: WGSL has no smaller number.
alias Input = array<u32, 128>;
alias Hash = array<u32, 32>;

fn rotated(x: u32, bits: u32) -> u32 { return (x >> bits) | (x << (32u - bits)); }

fn mix(state: ptr<function, array<u32, 16>>, a: u32, b: u32, c: u32, d: u32, x: u32, y: u32) {
  (*state)[a] += (*state)[b] + x;
  (*state)[d] = rotated((*state)[d] ^ (*state)[a], 16u);
  (*state)[c] += (*state)[d];
  (*state)[b] = rotated((*state)[b] ^ (*state)[c], 12u);
  (*state)[a] += (*state)[b] + y;
  (*state)[d] = rotated((*state)[d] ^ (*state)[a], 8u);
  (*state)[c] += (*state)[d];
  (*state)[b] = rotated((*state)[b] ^ (*state)[c], 7u);
}

fn compress(chain: array<u32, 8>, first: array<u32, 16>, length: u32, flags: u32) -> array<u32, 8> {
  var permutation = PERMUTATION;
  var iv = IV;
  var block = first;
  var start = chain;
  var state: array<u32, 16>;
  for (var i = 0u; i < 8u; i++) { state[i] = start[i]; }
  for (var i = 0u; i < 4u; i++) { state[8u + i] = iv[i]; }
  state[12] = 0u;
  state[13] = 0u;
  state[14] = length;
  state[15] = flags;
  for (var round = 0u; round < 7u; round++) {
    for (var i = 0u; i < 4u; i++) {
      mix(&state, i, 4u + i, 8u + i, 12u + i, block[2u * i], block[2u * i + 1u]);
    }
    for (var i = 0u; i < 4u; i++) {
      mix(&state, i, 4u + (i + 1u) % 4u, 8u + (i + 2u) % 4u, 12u + (i + 3u) % 4u, block[8u + 2u * i], block[9u + 2u * i]);
    }
    var next: array<u32, 16>;
    for (var i = 0u; i < 16u; i++) { next[i] = block[permutation[i]]; }
    block = next;
  }
  var end: array<u32, 8>;
  for (var i = 0u; i < 8u; i++) { end[i] = state[i] ^ state[8u + i]; }
  return end;
}

fn blake3(bytes: Input, length: u32) -> Hash {
  var input = bytes;
  var chain = IV;
  var flags = 1u;
  for (var start = 0u; start < length; start += 64u) {
    let rest = min(length - start, 64u);
    // Said, though the language says it too: SwiftShader goes on with the block of the round before.
    var block = array<u32, 16>();
    for (var i = 0u; i < rest; i++) { block[i / 4u] |= input[start + i] << (8u * (i % 4u)); }
    if (start + 64u >= length) { flags |= 10u; }
    chain = compress(chain, block, rest, flags);
    flags = 0u;
  }
  var hash: Hash;
  for (var i = 0u; i < 32u; i++) { hash[i] = (chain[i / 4u] >> (8u * (i % 4u))) & 255u; }
  return hash;
}

fn hash32(bytes: Hash) -> Hash {
  var hash = bytes;
  var input: Input;
  for (var i = 0u; i < 32u; i++) { input[i] = hash[i]; }
  return blake3(input, 32u);
}

@compute @workgroup_size(64)
fn mine(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= searches[id.y].count) { return; }
  var header: Input;
  for (var i = 0u; i < 32u; i++) {
    let carried = select(0u, id.x, i / 4u == 7u);
    header[i] = ((searches[id.y].nonce[i / 4u] + carried) >> (8u * (i % 4u))) & 255u;
    header[32u + i] = (searches[id.y].seed[i / 4u] >> (8u * (i % 4u))) & 255u;
  }
  var a = blake3(header, 64u);
  var w = a;
  var sums: Input;
  for (var i = 0u; i < 32u; i++) {
    w = hash32(w);
    var sum = 0u;
    for (var j = 0u; j < 32u; j++) { sum += a[j] * w[j]; }
    for (var j = 0u; j < 4u; j++) { sums[4u * i + j] = (sum >> (24u - 8u * j)) & 255u; }
  }
  var hash = hash32(hash32(blake3(sums, 128u)));
  for (var i = 0u; i < 32u; i++) {
    let highest = (searches[id.y].highest[i / 4u] >> (24u - 8u * (i % 4u))) & 255u;
    if (hash[i] > highest) { return; }
    if (hash[i] < highest) {
      atomicMax(&found[id.y], id.x + 1u);
      return;
    }
  }
}
`;
