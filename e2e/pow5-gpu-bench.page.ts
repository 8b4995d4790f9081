/** Runs in Chromium, for bench/pow5-gpu.ts: our WGSL kernel and the plain one, in turns on the same adapter. */
import { openProcessor } from "@keypears/pow5/gpu";
import type { Processor } from "@keypears/pow5/gpu";
import { withKernel } from "./pow5-gpu-exact.ts";
import { plainSource } from "./pow5-gpu-plain.ts";
import { report } from "./report.ts";

const ROUNDS = 25;
const DISPATCH_MILLISECONDS = 80;
const FIRST_COUNT = 256;

async function open(gpu: GPU): Promise<{ processor: Processor; milliseconds: number }> {
  const start = performance.now();
  const processor = await openProcessor({ gpu, allowSoftware: true });
  if ("refused" in processor) throw new Error(`${processor.refused}: ${processor.detail}`);
  return { processor, milliseconds: performance.now() - start };
}

/** Hashes a second in one dispatch of `count`: nothing is found. */
async function measure(processor: Processor, count: number): Promise<number> {
  const [nonce, seed] = [0, 1].map(() => crypto.getRandomValues(new Uint8Array(32)));
  if (nonce === undefined || seed === undefined) throw new Error("unreachable");
  nonce.fill(0, 28);
  const search = { nonce, seed, target: new Uint8Array(32), count };
  const { milliseconds } = await processor.run([search]);
  return (count * 1000) / milliseconds;
}

async function countFor(processor: Processor): Promise<number> {
  await measure(processor, FIRST_COUNT);
  const rate = await measure(processor, FIRST_COUNT);
  return Math.ceil((rate * DISPATCH_MILLISECONDS) / 1000 / 64) * 64;
}

await report(async () => {
  const { gpu } = navigator as { gpu?: GPU };
  const adapter = await gpu?.requestAdapter();
  if (gpu === undefined || !adapter) throw new Error("there is no adapter");
  const ours = await open(gpu);
  const plain = await open(withKernel(gpu, plainSource));
  const counts = {
    ours: await countFor(ours.processor),
    plain: await countFor(plain.processor),
  };
  const rounds: { ours: number; plain: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      ours: await measure(ours.processor, counts.ours),
      plain: await measure(plain.processor, counts.plain),
    });
  }
  ours.processor.close();
  plain.processor.close();
  const opening = { ours: ours.milliseconds, plain: plain.milliseconds };
  return { adapter: adapter.info.description || adapter.info.architecture, rounds, opening };
});
