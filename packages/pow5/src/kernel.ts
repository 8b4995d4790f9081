/**
 * The WebAssembly kernel behind a few plain functions. It is made from assembly/ by `npm run build`; how its bytes are found is the platform's affair
 * (node.ts, web.ts).
 */

/** The sizes of pow5-64b (spec/7.1), in bytes. */
const NONCE_SIZE = 32;
const SEED_SIZE = 32;
const HASH_SIZE = 32;

/** Nonces that one call of `mine` can try: its counter has 32 bits, and a call cannot be interrupted. */
const MAX_COUNT = 2 ** 30;

/** Bytes of our own, never a view of the kernel's memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** What a nonce is looked for: a seed of 32 bytes, and a whole number of hashes, 1 to 2⁵³−1, that it takes on average (spec/7.1). */
export interface Part {
  readonly seed: Uint8Array;
  readonly difficulty: number;
}

/** What one call of {@link Kernel.mine} came to. */
export interface Mined {
  /** The first nonce that meets the difficulty (32 bytes), or null if none of those tried does. */
  readonly nonce: Bytes | null;
  /** How many nonces were tried, the one found included. */
  readonly tried: number;
}

/** pow5-64b (spec/7.1), computed by WebAssembly in this thread. */
export interface Kernel {
  /** The hash (32 bytes) of a header (64 bytes: nonce ‖ seed). Throws RangeError for another size. */
  hash(header: Uint8Array): Bytes;

  /** Whether a nonce meets the difficulty for the seed. Throws RangeError for a seed, nonce or difficulty that is none. */
  verify(solution: Part & { readonly nonce: Uint8Array }): boolean;

  /**
   * Tries `count` nonces (1 to 2³⁰) in this thread, without a pause: `startNonce`, with its last four bytes, as a little-endian number, counted up
   * modulo 2³². Throws RangeError for a seed, nonce, difficulty or count that is none.
   */
  mine(part: Part, startNonce: Uint8Array, count: number): Mined;
}

/** The kernel as it is: a target of 32 bytes in place of a difficulty. */
export interface RawKernel {
  hash(header: Uint8Array): Bytes;
  /** How many of `count` nonces come before the first whose hash is below the target: `count` if there is none. */
  countUntilBelow(
    target: Uint8Array,
    seed: Uint8Array,
    startNonce: Uint8Array,
    count: number,
  ): number;
}

/** The kernel of a compiled module: build/kernel.wasm, or another with the same exports. Throws LinkError or TypeError for any other. */
export function instantiate(module: WebAssembly.Module): RawKernel {
  const { exports } = new WebAssembly.Instance(module, {});
  const memory = exportOf(exports, "memory", WebAssembly.Memory);
  const address = (name: string): number =>
    Number(exportOf(exports, name, WebAssembly.Global).value);
  const hash = exportOf(exports, "hash", Function) as () => void;
  const mine = exportOf(exports, "mine", Function) as (count: number) => number;
  // The memory never grows, so these views stay good.
  const view = (name: string, size: number): Bytes =>
    new Uint8Array(memory.buffer, address(name), size);
  const header = view("HEADER", NONCE_SIZE + SEED_SIZE);
  const target = view("TARGET", HASH_SIZE);
  const result = view("HASH", HASH_SIZE);
  return {
    hash: (input) => {
      header.set(input);
      hash();
      return result.slice();
    },
    countUntilBelow: (bound, seed, startNonce, count) => {
      header.set(startNonce);
      header.set(seed, NONCE_SIZE);
      target.set(bound);
      // An i32 comes out signed.
      return mine(count) >>> 0;
    },
  };
}

/**
 * pow5-64b from the compiled build/kernel.wasm (spec/7.1). Uses one page of memory of its own; not to be shared between threads, the module is.
 * Throws LinkError or TypeError for a module that is no kernel.
 */
export function createKernel(module: WebAssembly.Module): Kernel {
  const raw = instantiate(module);

  function mine({ seed, difficulty }: Part, startNonce: Uint8Array, count: number): Mined {
    checkSize("seed", seed, SEED_SIZE);
    checkSize("nonce", startNonce, NONCE_SIZE);
    if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
      throw new RangeError(`count has to be a whole number from 1 to 2^30, not ${count}`);
    }
    const before = raw.countUntilBelow(targetOf(difficulty), seed, startNonce, count);
    return before === count
      ? { nonce: null, tried: count }
      : { nonce: countUp(startNonce, before), tried: before + 1 };
  }

  return {
    hash(header) {
      checkSize("header", header, NONCE_SIZE + SEED_SIZE);
      return raw.hash(header);
    },
    verify: ({ nonce, ...part }) => mine(part, nonce, 1).nonce !== null,
    mine,
  };
}

/** Throws RangeError unless the part has a seed of 32 bytes and a difficulty that is a whole number from 1 to 2⁵³−1 (spec/7.1). */
export function checkPart({ seed, difficulty }: Part): void {
  checkSize("seed", seed, SEED_SIZE);
  checkDifficulty(difficulty);
}

/** The number that a hash has to be below, ⌊(2²⁵⁶−1)/d⌋, as 32 bytes big-endian (spec/7.1). Throws RangeError for a difficulty that is none. */
export function targetOf(difficulty: number): Bytes {
  checkDifficulty(difficulty);
  let rest = (2n ** 256n - 1n) / BigInt(difficulty);
  const target = new Uint8Array(HASH_SIZE);
  for (let index = HASH_SIZE - 1; index >= 0; index--) {
    target[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return target;
}

function checkDifficulty(difficulty: number): void {
  if (!Number.isSafeInteger(difficulty) || difficulty < 1) {
    throw new RangeError(`difficulty has to be a whole number from 1 to 2^53-1, not ${difficulty}`);
  }
}

function checkSize(name: string, bytes: Uint8Array, size: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== size) {
    throw new RangeError(`${name} has to be ${size} bytes`);
  }
}

function countUp(startNonce: Uint8Array, by: number): Bytes {
  const nonce = new Uint8Array(startNonce);
  const view = new DataView(nonce.buffer);
  view.setUint32(NONCE_SIZE - 4, view.getUint32(NONCE_SIZE - 4, true) + by, true);
  return nonce;
}

function exportOf<T>(
  exports: WebAssembly.Exports,
  name: string,
  kind: abstract new (...parameters: never[]) => T,
): T {
  const value: unknown = exports[name];
  if (!(value instanceof kind)) throw new TypeError(`the module is no kernel: it has no ${name}`);
  return value;
}
