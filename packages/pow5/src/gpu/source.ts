/**
 * pow5-64b (spec/7.1) for a graphics processor, in WGSL: one invocation tries one nonce.
 *
 * The text is made when it is needed, by the function below: it is some 30,000 characters of which nobody would read more than one round,
 * and made here it needs no build, no file to load and no second copy.
 *
 * What makes it fast is that every word is a variable of its own. A processor like this has no registers that can be indexed: an array that is
 * indexed by anything but a constant lies in memory, apart for every invocation. So the seven rounds of BLAKE3 are written out with their message
 * schedule, and of the 32 sums only the sixteen of one block are kept, moved up by one for each that comes. The chain of 32 hashes stays a
 * loop: written out as well, it would be 30,000 instructions, which no instruction cache holds and which compilers choke on.
 */

/** The message word that each place of a round takes from the round before. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

/** Columns, then diagonals. */
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** The chaining value that BLAKE3 starts with. */
const IV = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
].map((word) => `0x${word.toString(16)}u`);

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;
const WHOLE = `${CHUNK_START | CHUNK_END | ROOT}u`;

const EIGHT = Array.from({ length: 8 }, (_, index) => index);
const SIXTEEN = Array.from({ length: 16 }, (_, index) => index);

/** Invocations in a workgroup: a whole number of every processor's hardware threads, and the number that all of them can keep registers for. */
export const WORKGROUP_SIZE = 64;

/** The words of a `Search` in the kernel's memory: nonce (8), seed (8), target (8, the highest first), count. */
export const SEARCH_WORDS = 25;

export interface SourceOptions {
  /**
   * Whether to use `dot4U8Packed`, which is one instruction where most processors would need eight. It needs the language feature
   * `packed_4x8_integer_dot_product`.
   */
  readonly packedProducts: boolean;
}

/**
 * The kernel's WGSL. Its entry point `mine` is dispatched over (nonces ÷ {@link WORKGROUP_SIZE}, searches) and takes two storage buffers: 0, the searches; 1, for each
 * search a word that has to be zero before, and is afterwards 1 + the index of the last nonce whose hash is below the target, or still zero.
 */
export function kernelSource({ packedProducts }: SourceOptions): string {
  const sums = SIXTEEN.map((index) => `c${index}`);
  return `
struct Words { ${EIGHT.map((index) => `w${index}: u32`).join(", ")} }
struct Search { nonce: Words, seed: Words, highest: Words, count: u32 }

@group(0) @binding(0) var<storage, read> searches: array<Search>;
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>>;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn mine(@builtin(global_invocation_id) id: vec3u) {
  let search = searches[id.y];
  if (id.x >= search.count) { return; }
  var nonce = search.nonce;
  nonce.w7 += id.x;

  // A = H(header)
  let a = compress(iv(), nonce, search.seed, ${WHOLE});
  // wᵢ = H(wᵢ₋₁), cᵢ = Σ A[j] · wᵢ[j], work = H(c₁ ‖ … ‖ c₃₂): in two blocks of sixteen sums
  var w = a;
  var work = iv();
  var flags = ${CHUNK_START}u;
  ${sums.map((sum) => `var ${sum} = 0u;`).join(" ")}
  for (var block = 0u; block < 2u; block++) {
    for (var i = 0u; i < 16u; i++) {
      w = hash32(w);
      ${sums.map((sum, index) => `${sum} = ${sums[index + 1] ?? "swapped(product(a, w))"};`).join(" ")}
    }
    work = compress(work, Words(${sums.slice(0, 8).join(", ")}), Words(${sums.slice(8).join(", ")}), flags);
    flags = ${CHUNK_END | ROOT}u;
  }
  // H(H(work))
  var hash = work;
  for (var i = 0u; i < 2u; i++) { hash = hash32(hash); }

  if (isBelow(hash, search.highest)) { atomicMax(&found[id.y], id.x + 1u); }
}

fn iv() -> Words { return Words(${IV.join(", ")}); }

// The compression of a block, m and n, under a chaining value.
fn compress(chain: Words, m: Words, n: Words, flags: u32) -> Words {
${compression({ chain: EIGHT.map((index) => `chain.w${index}`), length: 64, flags: "flags", words: 16 })}
}

// BLAKE3 of 32 bytes: one block, whose other half is zero and is not added.
fn hash32(m: Words) -> Words {
${compression({ chain: IV, length: 32, flags: WHOLE, words: 8 })}
}

// Σ a[j] · b[j] over the 32 bytes of each.
fn product(a: Words, b: Words) -> u32 {
  return ${EIGHT.map((index) => `product4(a.w${index}, b.w${index})`).join(" + ")};
}

fn product4(a: u32, b: u32) -> u32 {
  return ${packedProducts ? "dot4U8Packed(a, b)" : [0, 8, 16, 24].map(byteProduct).join(" + ")};
}

// The bytes in the other order.
fn swapped(x: u32) -> u32 {
  let pairs = ((x & 0x00ff00ffu) << 8u) | ((x >> 8u) & 0x00ff00ffu);
  return (pairs << 16u) | (pairs >> 16u);
}

fn isBelow(hash: Words, highest: Words) -> bool {
  var ours: u32;
${EIGHT.map(
  (index) =>
    `  ours = swapped(hash.w${index}); if (ours != highest.w${index}) { return ours < highest.w${index}; }`,
).join("\n")}
  return false;
}
`;
}

function byteProduct(shift: number): string {
  return `((a >> ${shift}u) & 255u) * ((b >> ${shift}u) & 255u)`;
}

interface Compression {
  readonly chain: readonly string[];
  /** Bytes in the block. */
  readonly length: number;
  readonly flags: string;
  /** How many words of the block are not known to be zero. */
  readonly words: 8 | 16;
}

/** The body of a function that compresses the block of `m` and `n`. */
function compression({ chain, length, flags, words }: Compression): string {
  const start = [...chain, ...IV.slice(0, 4), "0u", "0u", `${length}u`, flags];
  return [
    "  var t: u32;",
    `  ${start.map((value, index) => `var v${index} = ${value};`).join(" ")}`,
    ...rounds(words),
    `  return Words(${EIGHT.map((index) => `v${index} ^ v${index + 8}`).join(", ")});`,
  ].join("\n");
}

function rounds(words: number): string[] {
  const lines: string[] = [];
  let schedule = SIXTEEN;
  for (let round = 0; round < 7; round++) {
    for (const [index, quarter] of QUARTERS.entries()) {
      const [first = 0, second = 0] = schedule.slice(2 * index);
      lines.push(half(quarter, first, 16, 12, words), half(quarter, second, 8, 7, words));
    }
    schedule = PERMUTATION.map((place) => schedule[place] ?? 0);
  }
  return lines;
}

/** Half of a quarter round, which takes one message word and rotates by `first` and `second` bits. */
function half(
  [a, b, c, d]: (typeof QUARTERS)[number],
  word: number,
  first: number,
  second: number,
  words: number,
): string {
  const message = word < words ? ` + ${word < 8 ? `m.w${word}` : `n.w${word - 8}`}` : "";
  return (
    `  v${a} += v${b}${message}; t = v${d} ^ v${a}; v${d} = ${rotated(first)}; ` +
    `v${c} += v${d}; t = v${b} ^ v${c}; v${b} = ${rotated(second)};`
  );
}

/** t rotated right, in the form that compilers know as one instruction. */
function rotated(bits: number): string {
  return `(t >> ${bits}u) | (t << ${32 - bits}u)`;
}
