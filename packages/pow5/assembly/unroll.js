/**
 * Writes the two BLAKE3 functions of the kernel out in full, as AssemblyScript: four inputs at once, one per 32-bit lane of a v128.
 *
 * A loop over the seven rounds would have to keep the sixteen words of state in memory, since WebAssembly has no locals that can be
 * indexed. Written out, every word is a local of its own, the message schedule is worked out here, and the message words that are known
 * to be zero cost nothing.
 */

const CHUNK_START = 1;
const CHUNK_END = 2;
const ROOT = 8;

/** The message word that each place of a round takes from the round before. */
const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];

const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
];

const DIAGONALS = [
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

const WORDS = [0, 1, 2, 3, 4, 5, 6, 7];

const load = (address, word) => `v128.load(${address}, ${16 * word})`;
const splat = (value) => `i32x4.splat(${value})`;

/**
 * The statements of one quarter round, as eight groups that each need the group before. `words` says how many words the message has: the
 * ones beyond are zero and are not added.
 */
function quarterRound([a, b, c, d], first, second, words) {
  const message = words === 16 ? "message" : "STATE";
  const add = (word) =>
    word < words
      ? `v${a} = v128.add<i32>(v128.add<i32>(v${a}, ${load(message, word)}), v${b});`
      : `v${a} = v128.add<i32>(v${a}, v${b});`;
  const shuffled = (mask) => `v${d} = v128.swizzle(v128.xor(v${d}, v${a}), ${mask});`;
  const shifted = (bits) =>
    `t = v128.xor(v${b}, v${c}); ` +
    `v${b} = v128.or(v128.shr<u32>(t, ${bits}), v128.shl<i32>(t, ${32 - bits}));`;
  const forward = `v${c} = v128.add<i32>(v${c}, v${d});`;
  return [
    [add(first), shuffled("right16"), forward, shifted(12)],
    [add(second), shuffled("right8"), forward, shifted(7)],
  ].flat();
}

/** The seven rounds. The four quarter rounds of a step are woven together, so that the processor finds independent work side by side. */
function rounds(words) {
  const lines = [];
  let schedule = PERMUTATION.map((_, index) => index);
  for (let round = 0; round < 7; round++) {
    for (const [step, quarters] of [COLUMNS, DIAGONALS].entries()) {
      const groups = quarters.map((quarter, index) => {
        const place = 8 * step + 2 * index;
        return quarterRound(quarter, schedule[place], schedule[place + 1], words);
      });
      for (let line = 0; line < 8; line++) lines.push(...groups.map((group) => group[line]));
    }
    schedule = PERMUTATION.map((place) => schedule[place]);
  }
  return lines;
}

function compression({ doc, name, parameters, words, chain, length, flags }) {
  const start = [
    ...WORDS.map((word) => load(chain, word)),
    ...[0, 1, 2, 3].map((word) => load("IV", word)),
    ...[0, 0, length, flags].map(splat),
  ];
  return [
    `/** ${doc} */`,
    `export function ${name}(${parameters}): void {`,
    `const right16 = ${load("BYTE_ORDERS", 0)}, right8 = ${load("BYTE_ORDERS", 1)};`,
    "let t: v128;",
    ...start.map((value, word) => `let v${word} = ${value};`),
    ...rounds(words),
    ...WORDS.map((w) => `v128.store(STATE, v128.xor(v${w}, v${w + 8}), ${16 * w});`),
    "}",
  ].join("\n");
}

/** The AssemblyScript source of the module `build/compress.ts`. */
export function unroll() {
  return [
    "// Made by the build from assembly/unroll.js.",
    'import { BYTE_ORDERS, IV, STATE } from "../assembly/layout";',
    compression({
      doc: "STATE = the compression of the 64 bytes at `message` under STATE.",
      name: "compress",
      parameters: "message: usize, flags: i32",
      words: 16,
      chain: "STATE",
      length: 64,
      flags: "flags",
    }),
    compression({
      doc: "STATE = BLAKE3(STATE): one block of 32 bytes that is the whole input.",
      name: "hash32",
      parameters: "",
      words: 8,
      chain: "IV",
      length: 32,
      flags: CHUNK_START | CHUNK_END | ROOT,
    }),
    "",
  ].join("\n");
}
