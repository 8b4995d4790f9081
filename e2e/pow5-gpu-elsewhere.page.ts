/**
 * Runs in Node with npm `webgpu`, or in Deno, for pow5-gpu.browser.long.test.ts, whose command line says which: computes what is known, finds what is not, and prints
 * what came out.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { createKernel } from "@keypears/pow5";
import { MAX_SEARCHES, createGpuMiner, openProcessor } from "@keypears/pow5/gpu";
import { countWrong, hashRandom, withoutPackedProducts } from "./pow5-gpu-exact.ts";

const RANDOM_HEADERS = 10_000;

/** Where npm `webgpu` was installed; without it, the runtime has WebGPU itself. */
const [, , webgpu] = process.argv;

async function findGpu(): Promise<GPU | undefined> {
  if (webgpu === undefined) return navigator.gpu;
  const module = (await import(webgpu)) as { create(flags: string[]): GPU };
  return module.create([]);
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url));
const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

const kernel = createKernel(new WebAssembly.Module(read("../packages/pow5/build/kernel.wasm")));
const gpu = await findGpu();
if (gpu === undefined) throw new Error("there is no WebGPU here");
const processor = await openProcessor({ gpu, allowSoftware: true });
if ("refused" in processor) throw new Error(`${processor.refused}: ${processor.detail}`);
const { vectors } = JSON.parse(read("../vectors/pow5-64b.json").toString()) as {
  vectors: { header: string; hash: string }[];
};
const known = vectors.map(({ header, hash }) => ({ header: fromHex(header), hash: fromHex(hash) }));
const wrongVectors = await countWrong(processor, known, MAX_SEARCHES);
const random = hashRandom(kernel, RANDOM_HEADERS);
const wrongRandom = await countWrong(processor, random, MAX_SEARCHES);
processor.close();

const plain = await openProcessor({ gpu: withoutPackedProducts(gpu), allowSoftware: true });
if ("refused" in plain) throw new Error(`${plain.refused}: ${plain.detail}`);
const wrongPlain = await countWrong(plain, known, MAX_SEARCHES);
plain.close();

const miner = await createGpuMiner({ gpu, kernel, allowSoftware: true });
if ("refused" in miner) throw new Error(`${miner.refused}: ${miner.detail}`);
const parts = Array.from({ length: 16 }, (_, index) => {
  return { seed: new Uint8Array(32).fill(index), difficulty: 100 };
});
const nonces = await miner.mine(parts);
const valid = parts.filter((part, index) => {
  const nonce = nonces[index];
  return nonce !== undefined && kernel.verify({ ...part, nonce });
}).length;
miner.close();
const headers = known.length + random.length;
process.stdout.write(
  `${JSON.stringify({ headers, wrongVectors, wrongRandom, wrongPlain, valid })}\n`,
);
// A device that was let go of keeps some runtimes from ending.
process.exit(0);
