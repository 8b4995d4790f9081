/** Whether a graphics processor computes pow5-64b exactly, by what can be asked of it: which nonces' hashes are below a number. */
import type { Kernel } from "@keypears/pow5";
import type { Processor, Search } from "@keypears/pow5/gpu";

/** A header of 64 bytes and its hash of 32. */
interface Hashed {
  readonly header: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/** So many random headers, with their hashes as the WebAssembly kernel has them (which pow5.page.ts and kernel.test.ts compare with an oracle). */
export function hashRandom(kernel: Kernel, count: number): Hashed[] {
  return Array.from({ length: count }, () => {
    const header = crypto.getRandomValues(new Uint8Array(64));
    return { header, hash: kernel.hash(header) };
  });
}

/** Each hash has to be found to be below itself plus one, and not below itself: no other hash passes both. Counts the answers that are wrong. */
export async function countWrong(
  { run }: Processor,
  known: readonly Hashed[],
  most: number,
): Promise<number> {
  const searches = known.flatMap(({ header, hash }): Search[] => {
    const [nonce, seed] = [header.slice(0, 32), header.slice(32)];
    return [oneMore(hash), hash].map((target) => ({ nonce, seed, target, count: 1 }));
  });
  let wrong = 0;
  for (let from = 0; from < searches.length; from += most) {
    const { hits } = await run(searches.slice(from, from + most));
    wrong += hits.filter((hit, index) => hit !== (index % 2 === 0 ? 0 : null)).length;
  }
  return wrong;
}

function oneMore(number: Uint8Array): Uint8Array {
  const more = number.slice();
  for (let index = more.length - 1; index >= 0; index--) {
    more[index] = ((more[index] ?? 0) + 1) & 255;
    if (more[index] !== 0) break;
  }
  return more;
}

/** The same without the language feature that gives products of packed bytes, as some browsers are. */
export function withoutPackedProducts(gpu: GPU): GPU {
  const poorer: Pick<GPU, "requestAdapter" | "wgslLanguageFeatures"> = {
    requestAdapter: (options) => gpu.requestAdapter(options),
    wgslLanguageFeatures: new Set(),
  };
  return poorer as GPU;
}

/** The same with other WGSL in the place of our kernel's. */
export function withKernel(gpu: GPU, code: string): GPU {
  return meddled(gpu, (device) => {
    const createShaderModule = device.createShaderModule.bind(device);
    device.createShaderModule = () => createShaderModule({ code });
  });
}

/** The same with something about its devices changed. */
export function meddled(gpu: GPU, meddle: (device: GPUDevice) => void): GPU {
  const other: Pick<GPU, "requestAdapter" | "wgslLanguageFeatures"> = {
    wgslLanguageFeatures: gpu.wgslLanguageFeatures,
    async requestAdapter() {
      const adapter = await gpu.requestAdapter();
      if (adapter === null) return null;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        const device = await requestDevice(descriptor);
        meddle(device);
        return device;
      };
      return adapter;
    },
  };
  return other as GPU;
}
