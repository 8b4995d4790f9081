import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { createKernel, instantiate, targetOf } from "./kernel.ts";
import type { Part } from "./kernel.ts";
import { builtModule, fromHex, readVectors, toHex } from "./testing/kernels.ts";
import { meets, pow5 } from "./testing/reference.ts";

const kernel = createKernel(builtModule("kernel"));
const scalar = createKernel(builtModule("scalar"));

const bytes = (size: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => new Uint8Array(array));

/** The header of the nonce that comes `index` after a first one. */
function headerAt(startNonce: Uint8Array, seed: Uint8Array, index: number): Uint8Array {
  const header = new Uint8Array([...startNonce, ...seed]);
  const view = new DataView(header.buffer);
  view.setUint32(28, view.getUint32(28, true) + index, true);
  return header;
}

suite("pow5-64b", () => {
  const { vectors } = readVectors<{
    vectors: { header: string; work: string; hash: string }[];
  }>("pow5-64b");

  test("every vector comes out of the kernel, of the scalar build and of the oracle", () => {
    assert.equal(vectors.length, 32);
    for (const { header, work, hash } of vectors) {
      const input = fromHex(header);
      const oracle = pow5(input);
      assert.deepEqual([toHex(oracle.work), toHex(oracle.hash)], [work, hash], header);
      assert.equal(toHex(kernel.hash(input)), hash, header);
      assert.equal(toHex(scalar.hash(input)), hash, header);
    }
  });

  test("any header hashes as the oracle says", () => {
    fc.assert(
      fc.property(bytes(64), (header) => {
        const { hash } = pow5(header);
        assert.deepEqual(Buffer.from(kernel.hash(header)), Buffer.from(hash));
        assert.deepEqual(Buffer.from(scalar.hash(header)), Buffer.from(hash));
      }),
      { numRuns: 200 },
    );
  });

  test("ten thousand random headers hash as the oracle says", () => {
    for (let i = 0; i < 10_000; i++) {
      const header = crypto.getRandomValues(new Uint8Array(64));
      const expected = toHex(pow5(header).hash);
      assert.equal(toHex(kernel.hash(header)), expected, toHex(header));
    }
  });

  test("a hash is the caller's own, and later hashes leave it alone", () => {
    const header = new Uint8Array(64);
    const first = kernel.hash(header);
    const kept = toHex(first);
    kernel.hash(new Uint8Array(64).fill(1));
    assert.equal(toHex(first), kept);
    first.fill(0);
    assert.equal(toHex(kernel.hash(header)), kept);
    assert.equal(first.buffer.byteLength, 32);
  });

  test("the kernel needs nothing of its host, and one page of memory", () => {
    const module = builtModule("kernel");
    assert.deepEqual(WebAssembly.Module.imports(module), []);
    const { memory } = new WebAssembly.Instance(module).exports;
    assert.ok(memory instanceof WebAssembly.Memory);
    assert.equal(memory.buffer.byteLength, 65_536);
    assert.throws(() => memory.grow(1), RangeError);
  });

  test("a module that is no kernel is refused", () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    assert.throws(() => createKernel(empty), /the module is no kernel: it has no memory/);
  });
});

suite("meeting a difficulty", () => {
  interface Vector {
    name: string;
    seed: string;
    nonce: string;
    difficulty: number;
  }
  const { valid, invalid } = readVectors<{
    valid: (Vector & { target: string; work: string; hash: string })[];
    invalid: (Vector & { reason: "invalid" | "range" })[];
  }>("pow5-solutions");

  const solutionOf = ({ seed, nonce, difficulty }: Vector): Part & { nonce: Uint8Array } => {
    return { seed: fromHex(seed), nonce: fromHex(nonce), difficulty };
  };

  for (const vector of valid) {
    test(`accepts: ${vector.name}`, () => {
      const solution = solutionOf(vector);
      const oracle = pow5(new Uint8Array([...solution.nonce, ...solution.seed]));
      assert.deepEqual(
        [toHex(targetOf(solution.difficulty)), toHex(oracle.work), toHex(oracle.hash)],
        [vector.target, vector.work, vector.hash],
      );
      assert.equal(meets(oracle.hash, solution.difficulty), true);
      assert.equal(kernel.verify(solution), true);
      assert.equal(scalar.verify(solution), true);
    });
  }

  for (const vector of invalid) {
    test(`refuses: ${vector.name}`, () => {
      const solution = solutionOf(vector);
      if (vector.reason === "range") {
        assert.throws(() => kernel.verify(solution), RangeError);
      } else {
        assert.equal(kernel.verify(solution), false);
        assert.equal(scalar.verify(solution), false);
      }
    });
  }

  test("a hash has to be below the target: one that equals it is refused", () => {
    for (const name of ["kernel", "scalar"] as const) {
      const raw = instantiate(builtModule(name));
      fc.assert(
        fc.property(bytes(32), bytes(32), (nonce, seed) => {
          const { hash } = pow5(headerAt(nonce, seed, 0));
          assert.equal(raw.countUntilBelow(hash, seed, nonce, 1), 1);
          // A hash that ends with 255 is one in 256: the carry is not worth the code.
          fc.pre(hash[31] !== 255);
          const oneMore = hash.with(31, (hash[31] ?? 0) + 1);
          assert.equal(raw.countUntilBelow(oneMore, seed, nonce, 1), 0);
        }),
        { numRuns: 30 },
      );
    }
  });

  test("the target is the whole number below (2^256-1)/d, up to the highest difficulty", () => {
    fc.assert(
      fc.property(fc.maxSafeNat().filter(Boolean), (difficulty) => {
        const target = BigInt(`0x${toHex(targetOf(difficulty))}`);
        const highest = 2n ** 256n - 1n;
        assert.ok(target * BigInt(difficulty) <= highest);
        assert.ok((target + 1n) * BigInt(difficulty) > highest);
      }),
      { examples: [[1], [2], [2 ** 53 - 1]] },
    );
  });
});

suite("mining a range of nonces", () => {
  test("finds the first that meets the difficulty, whichever lane it is in", () => {
    const lanes = new Set<number>();
    fc.assert(
      fc.property(
        bytes(32),
        bytes(32),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 23 }),
        (seed, startNonce, difficulty, count) => {
          const hits = Array.from({ length: count }, (_, index) =>
            meets(pow5(headerAt(startNonce, seed, index)).hash, difficulty),
          );
          const first = hits.indexOf(true);
          const expected =
            first < 0
              ? { nonce: null, tried: count }
              : { nonce: headerAt(startNonce, seed, first).slice(0, 32), tried: first + 1 };
          if (first >= 0) lanes.add(first % 4);
          assert.deepEqual(kernel.mine({ seed, difficulty }, startNonce, count), expected);
          assert.deepEqual(scalar.mine({ seed, difficulty }, startNonce, count), expected);
        },
      ),
      { numRuns: 100, seed: 5 },
    );
    assert.equal(lanes.size, 4);
  });

  test("counts up past the end of 32 bits", () => {
    const seed = new Uint8Array(32).fill(7);
    const startNonce = new Uint8Array(32).fill(255);
    let tried = 0;
    while (!meets(pow5(headerAt(startNonce, seed, tried)).hash, 50)) tried++;
    assert.ok(tried > 0);
    assert.deepEqual(kernel.mine({ seed, difficulty: 50 }, startNonce, 10_000), {
      nonce: headerAt(startNonce, seed, tried).slice(0, 32),
      tried: tried + 1,
    });
  });

  test("finds what is hard to find, and the oracle agrees", () => {
    const part = { seed: new Uint8Array(32).fill(9), difficulty: 100_000 };
    const { nonce } = kernel.mine(part, new Uint8Array(32), 2 ** 21);
    assert.ok(nonce);
    assert.ok(meets(pow5(new Uint8Array([...nonce, ...part.seed])).hash, part.difficulty));
  });

  test("leaves its input alone", () => {
    const [seed, startNonce] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    kernel.mine({ seed, difficulty: 3 }, startNonce, 100);
    assert.deepEqual(seed, new Uint8Array(32).fill(1));
    assert.deepEqual(startNonce, new Uint8Array(32).fill(2));
  });
});

suite("what is no input", () => {
  const seed = new Uint8Array(32);
  const nonce = new Uint8Array(32);
  const size = /has to be \d\d bytes/;

  test("a header, seed or nonce of another size is refused", () => {
    for (const length of [0, 31, 33, 63, 65, 128]) {
      const other = new Uint8Array(length);
      assert.throws(() => kernel.hash(other), size);
      assert.throws(() => kernel.verify({ seed: other, difficulty: 1, nonce }), size);
      assert.throws(() => kernel.verify({ seed, difficulty: 1, nonce: other }), size);
      assert.throws(() => kernel.mine({ seed: other, difficulty: 1 }, nonce, 1), size);
      assert.throws(() => kernel.mine({ seed, difficulty: 1 }, other, 1), size);
    }
  });

  test("a difficulty that is no whole number from 1 to 2^53-1 is refused", () => {
    for (const difficulty of [0, -0, -1, 0.5, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 53]) {
      assert.throws(() => kernel.verify({ seed, difficulty, nonce }), /difficulty has to be/);
      assert.throws(() => kernel.mine({ seed, difficulty }, nonce, 1), /difficulty has to be/);
      assert.throws(() => targetOf(difficulty), /difficulty has to be/);
    }
    assert.equal(kernel.verify({ seed, difficulty: 2 ** 53 - 1, nonce }), false);
  });

  test("a count that is no whole number from 1 to 2^30 is refused", () => {
    for (const count of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 30 + 1]) {
      assert.throws(() => kernel.mine({ seed, difficulty: 1 }, nonce, count), /count has to be/);
    }
  });

  test("views with an offset are read where they are", () => {
    const memory = new Uint8Array(200).map((_, index) => index);
    const header = memory.subarray(50, 114);
    assert.deepEqual(kernel.hash(header), kernel.hash(header.slice()));
  });
});
