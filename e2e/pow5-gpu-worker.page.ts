/** A module worker for pow5-gpu.page.ts: the graphics processor from where a page's own thread is free. */
import { createKernel } from "@keypears/pow5";
import { createGpuMiner } from "@keypears/pow5/gpu";
import { fetchKernel } from "@keypears/pow5/web";
import { toHex } from "./pow5-in-browser.ts";

const kernel = createKernel(await fetchKernel("/packages/pow5/build/kernel.wasm"));
const { gpu } = navigator as { gpu?: GPU };
const miner = await createGpuMiner({ gpu, kernel, allowSoftware: true });
if ("refused" in miner) throw new Error(`${miner.refused}: ${miner.detail}`);
const [nonce] = await miner.mine([{ seed: new Uint8Array(32).fill(77), difficulty: 100 }]);
miner.close();
postMessage(nonce ? toHex(nonce) : null);
