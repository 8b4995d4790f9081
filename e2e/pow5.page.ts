/** Runs in Chromium, for pow5.browser.test.ts. */
import { createKernel } from "@keypears/pow5";
import type { Kernel } from "@keypears/pow5";
import { createWebMiner, fetchKernel } from "@keypears/pow5/web";
import { pow5 } from "../packages/pow5/src/testing/reference.ts";
import { hashRandom } from "./pow5-gpu-exact.ts";
import { WORKER, allowWorkers, fromHex, load, toHex } from "./pow5-in-browser.ts";
import { report } from "./report.ts";

const RANDOM_HEADERS = 10_000;

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "nothing was thrown";
  } catch (error) {
    return String(error);
  }
}

interface Solution {
  seed: string;
  nonce: string;
  difficulty: number;
}

function judge(kernel: Kernel, { seed, nonce, difficulty }: Solution): string {
  try {
    const met = kernel.verify({ seed: fromHex(seed), nonce: fromHex(nonce), difficulty });
    return met ? "valid" : "invalid";
  } catch (error) {
    if (error instanceof RangeError) return "range";
    throw error;
  }
}

await report(async () => {
  const trusted = allowWorkers(WORKER, "/nothing-here.js");
  const module = await fetchKernel("/packages/pow5/build/kernel.wasm");
  const kernel = createKernel(module);

  const { vectors } = await load<{ vectors: { header: string; hash: string }[] }>("pow5-64b");
  const wrong = vectors.filter(({ header, hash }) => toHex(kernel.hash(fromHex(header))) !== hash);
  const random = hashRandom(kernel, RANDOM_HEADERS);
  const wrongRandom = random.filter(({ header, hash }) => toHex(hash) !== toHex(pow5(header).hash));
  const solutions = await load<{ valid: Solution[]; invalid: Solution[] }>("pow5-solutions");
  const verdicts = [...solutions.valid, ...solutions.invalid].map((one) => judge(kernel, one));

  const miner = createWebMiner({ kernel: module, workerUrl: trusted(WORKER) });
  const parts = Array.from({ length: 16 }, (_, index) => {
    return { seed: new Uint8Array(32).fill(index), difficulty: 5000 };
  });
  const order: number[] = [];
  let tried = 0;
  const nonces = await miner.mine(parts, {
    onPart: (index) => order.push(index),
    onTried: (count) => (tried += count),
  });

  const controller = new AbortController();
  const cancelled = await messageOf(() =>
    miner.mine([{ seed: new Uint8Array(32), difficulty: 2 ** 53 - 1 }], {
      signal: controller.signal,
      onTried: () => controller.abort(),
    }),
  );
  miner.close();

  const lost = createWebMiner({ kernel: module, workerUrl: trusted("/nothing-here.js") });
  const untrusted = createWebMiner({ kernel: module, workerUrl: WORKER });
  const missing = await messageOf(() => fetchKernel("/packages/pow5/build/nothing.wasm"));
  return {
    vectors: vectors.length,
    wrong: wrong.length,
    random: random.length,
    wrongRandom: wrongRandom.length,
    verdicts,
    threads: miner.threads,
    cores: navigator.hardwareConcurrency,
    nonces: nonces.map(toHex),
    order,
    tried,
    cancelled,
    lost: await messageOf(() => lost.mine(parts)),
    untrusted: await messageOf(() => untrusted.mine(parts)),
    missing,
  };
});
