/** Runs in Chromium, for pow5-gpu.browser.test.ts: with a software adapter, or without any, as the test starts it. */
import { createKernel } from "@keypears/pow5";
import {
  MAX_SEARCHES,
  createGpuMiner,
  kernelSource,
  openProcessor,
  targetOf,
} from "@keypears/pow5/gpu";
import { createBestMiner, fetchKernel } from "@keypears/pow5/web";
import {
  countWrong,
  hashRandom,
  meddled,
  withKernel,
  withoutPackedProducts,
} from "./pow5-gpu-exact.ts";
import { WORKER, allowWorkers, fromHex, load, toHex } from "./pow5-in-browser.ts";
import { report } from "./report.ts";

const RANDOM_HEADERS = 10_000;

/** The kernel with a rotation that is one bit off, as a compiler's error would be. */
function miscompiled(): string {
  const code = kernelSource({ packedProducts: false });
  const spoilt = code.replace("(t >> 12u) | (t << 20u)", "(t >> 13u) | (t << 19u)");
  if (spoilt === code) throw new Error("nothing was spoilt");
  return spoilt;
}

/** Goes away with the dispatch of that number; the first is the proof. */
function lostAt(dispatch: number): (device: GPUDevice) => void {
  return (device) => {
    const submit = device.queue.submit.bind(device.queue);
    let dispatches = 0;
    device.queue.submit = (buffers) => {
      submit(buffers);
      if (dispatches++ === dispatch) device.destroy();
    };
  };
}

await report(async () => {
  const trusted = allowWorkers(WORKER, "/e2e/pow5-gpu-worker.page.ts");
  const module = await fetchKernel("/packages/pow5/build/kernel.wasm");
  const kernel = createKernel(module);
  const gpu = (navigator as { gpu?: GPU }).gpu;
  const parts = (count: number, difficulty: number) =>
    Array.from({ length: count }, (_, index) => {
      return { seed: new Uint8Array(32).fill(index), difficulty };
    });
  const best = (processor: GPU | undefined) =>
    createBestMiner({
      gpu: processor,
      kernel: module,
      workerUrl: trusted(WORKER),
      allowSoftware: true,
    });

  const strict = await createGpuMiner({ gpu, kernel });
  const processor = await openProcessor({ gpu, allowSoftware: true });
  if ("refused" in processor) {
    // The fallback path: nothing but threads.
    const miner = best(gpu);
    const path = await miner.prepare();
    const nonces = (await miner.mine(parts(16, 2000))).map(toHex);
    miner.close();
    return { refused: processor.refused, path, nonces, threads: miner.threads };
  }

  const { vectors } = await load<{ vectors: { header: string; hash: string }[] }>("pow5-64b");
  const known = vectors.map(({ header, hash }) => ({
    header: fromHex(header),
    hash: fromHex(hash),
  }));
  const wrongVectors = await countWrong(processor, known, MAX_SEARCHES);
  const wrongRandom = await countWrong(processor, hashRandom(kernel, RANDOM_HEADERS), MAX_SEARCHES);
  // That the comparison can fail: with one bit of a hash changed it does.
  const spoilt = known.map(({ header, hash }) => ({
    header,
    hash: hash.with(31, (hash[31] ?? 0) ^ 1),
  }));
  const wrongSpoilt = await countWrong(processor, spoilt, MAX_SEARCHES);
  // Several nonces that meet the target, in one dispatch: one of them is answered for each search.
  const easy = { target: targetOf(4), count: 256 };
  const { hits } = await processor.run(
    parts(16, 4).map(({ seed }) => ({ nonce: new Uint8Array(32), seed, ...easy })),
  );
  const verified = hits.filter((hit, index) => {
    const nonce = new Uint8Array(32);
    new DataView(nonce.buffer).setUint32(28, hit ?? 0, true);
    return (
      hit !== null && kernel.verify({ seed: new Uint8Array(32).fill(index), difficulty: 4, nonce })
    );
  }).length;
  processor.close();
  // The kernel that one gets without a certain language feature is another.
  const plain = await openProcessor({
    gpu: gpu && withoutPackedProducts(gpu),
    allowSoftware: true,
  });
  if ("refused" in plain) throw new Error(plain.detail);
  const wrongPlain = await countWrong(plain, known, MAX_SEARCHES);
  plain.close();

  const miner = await createGpuMiner({ gpu, kernel, allowSoftware: true });
  if ("refused" in miner) throw new Error(miner.detail);
  const order: number[] = [];
  const nonces = await miner.mine(parts(16, 200), { onPart: (index) => order.push(index) });
  const controller = new AbortController();
  const cancelled = miner
    .mine(parts(1, 2 ** 53 - 1), { signal: controller.signal, onTried: () => controller.abort() })
    .then(String, String);
  await cancelled;
  miner.close();

  const liar = await openProcessor({
    gpu: gpu && withKernel(gpu, miscompiled()),
    allowSoftware: true,
  });
  const fallBack = best(gpu && meddled(gpu, lostAt(2)));
  const pathBefore = await fallBack.prepare();
  const told: number[] = [];
  // Some that the first dispatches solve, and some that they do not.
  const mixed = [...parts(4, 1), ...parts(16, 3000).slice(4)];
  const survived = await fallBack.mine(mixed, { onPart: (index) => told.push(index) });
  fallBack.close();

  const worker = new Worker(trusted("/e2e/pow5-gpu-worker.page.ts") as unknown as string, {
    type: "module",
  });
  const inWorker = await new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
  worker.terminate();

  return {
    strict: "refused" in strict ? strict.refused : "taken",
    headers: vectors.length + RANDOM_HEADERS,
    wrongVectors,
    wrongRandom,
    wrongSpoilt,
    wrongPlain,
    verified,
    nonces: nonces.map(toHex),
    order,
    cancelled: await cancelled,
    liar: "refused" in liar ? liar.refused : "taken",
    pathBefore,
    pathAfter: fallBack.path,
    fault: fallBack.reason !== null && "fault" in fallBack.reason ? fallBack.reason.fault : null,
    told,
    survived: survived.map(toHex),
    inWorker,
  };
});
