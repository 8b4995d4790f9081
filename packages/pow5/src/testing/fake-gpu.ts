/**
 * As much of WebGPU as our processor uses, computed by the WebAssembly kernel, with the failures that real ones have. What is computed rightly is tested in a
 * browser (e2e/pow5-gpu.browser.test.ts); here it is about what happens when it is not.
 */
import { instantiate } from "../kernel.ts";
import { builtModule } from "./kernels.ts";

export interface FakeGpuOptions {
  /** What `requestAdapter` does: answers with one, with null, or never. */
  readonly adapter?: "one" | "none" | "never";
  readonly isSoftware?: boolean;
  readonly compiles?: boolean;
  /** What becomes of a dispatch, counted from 0, the first of which is the proof. */
  readonly onDispatch?: (index: number, device: FakeDevice) => "right" | "unanswered" | "refused";
  /** Changes what a dispatch found: for each search 0, or 1 + an index. */
  readonly onFound?: (found: Uint32Array, index: number) => void;
}

const raw = instantiate(builtModule("kernel"));
const WORDS = 25;

export class FakeGpu {
  readonly devices: FakeDevice[] = [];
  readonly options: FakeGpuOptions;
  /** Each search of every dispatch: nonce, seed and target as bytes in the kernel's order, and the count. */
  readonly searches: { nonce: Uint8Array; seed: Uint8Array; count: number }[][] = [];
  readonly wgslLanguageFeatures = new Set<string>();

  constructor(options: FakeGpuOptions = {}) {
    this.options = options;
  }

  get asGpu(): GPU {
    return this as unknown as GPU;
  }

  async requestAdapter(): Promise<unknown> {
    const { adapter = "one", isSoftware = false } = this.options;
    if (adapter === "never") return new Promise(() => undefined);
    if (adapter === "none") return null;
    const info = { isFallbackAdapter: isSoftware, description: "a fake" };
    return {
      info,
      requestDevice: async () => {
        const device = new FakeDevice(this);
        this.devices.push(device);
        return device;
      },
    };
  }
}

export class FakeDevice {
  readonly #gpu: FakeGpu;
  readonly #lost = Promise.withResolvers<{ message: string }>();
  readonly lost = this.#lost.promise;
  readonly #listeners = new Set<(event: { error: Error }) => void>();
  readonly buffers: FakeBuffer[] = [];
  isDestroyed = false;
  #dispatches = 0;
  #searches: FakeBuffer | undefined;
  #found: FakeBuffer | undefined;
  #isUnanswered = false;

  constructor(gpu: FakeGpu) {
    this.#gpu = gpu;
  }

  /** As when a driver was updated, or a cable pulled. */
  lose(message = "the cable was pulled"): void {
    this.isDestroyed = true;
    this.#lost.resolve({ message });
    for (const buffer of this.buffers) buffer.reject(new Error("the device is lost"));
  }

  destroy(): void {
    this.lose("destroyed");
  }

  report(error: Error): void {
    for (const listener of this.#listeners) listener({ error });
  }

  addEventListener(_: string, listener: (event: { error: Error }) => void): void {
    this.#listeners.add(listener);
  }

  createShaderModule(): object {
    return {};
  }

  async createComputePipelineAsync(): Promise<object> {
    if (this.#gpu.options.compiles === false) throw new Error("the compiler choked");
    return { getBindGroupLayout: () => ({}) };
  }

  createBuffer({ size }: { size: number }): FakeBuffer {
    const buffer = new FakeBuffer(size);
    this.buffers.push(buffer);
    return buffer;
  }

  createBindGroup({ entries }: { entries: { resource: { buffer: FakeBuffer } }[] }): object {
    this.#searches = entries[0]?.resource.buffer;
    this.#found = entries[1]?.resource.buffer;
    return {};
  }

  createCommandEncoder(): object {
    return {
      clearBuffer: (buffer: FakeBuffer) => buffer.words.fill(0),
      beginComputePass: () => ({
        setPipeline: () => undefined,
        setBindGroup: () => undefined,
        dispatchWorkgroups: (_: number, searches: number) => this.#dispatch(searches),
        end: () => undefined,
      }),
      copyBufferToBuffer: (from: FakeBuffer, _: number, to: FakeBuffer) => {
        to.words.set(from.words);
        to.isAnswered = !this.#isUnanswered;
      },
      finish: () => undefined,
    };
  }

  readonly queue = {
    writeBuffer: (buffer: FakeBuffer, _: number, words: Uint32Array) => buffer.words.set(words),
    submit: () => undefined,
  };

  #dispatch(count: number): void {
    const { options, searches } = this.#gpu;
    const index = this.#dispatches++;
    const fate = options.onDispatch?.(index, this) ?? "right";
    this.#isUnanswered = fate === "unanswered" || this.isDestroyed;
    if (fate === "refused") this.report(new Error("out of memory"));
    if (fate !== "right" || this.isDestroyed) return;
    const words = this.#searches?.words ?? new Uint32Array();
    const found = this.#found?.words ?? new Uint32Array();
    const all = Array.from({ length: count }, (_, search) =>
      searchIn(words.slice(search * WORDS, (search + 1) * WORDS)),
    );
    searches.push(all);
    for (const [search, { target, seed, nonce, count: nonces }] of all.entries()) {
      const before = raw.countUntilBelow(target, seed, nonce, nonces);
      // As in the kernel: what was there before stays unless it is less.
      if (before < nonces) found[search] = Math.max(found[search] ?? 0, before + 1);
    }
    options.onFound?.(found.subarray(0, count), index);
  }
}

function searchIn(words: Uint32Array): {
  nonce: Uint8Array;
  seed: Uint8Array;
  target: Uint8Array;
  count: number;
} {
  const bytes = new Uint8Array(words.buffer);
  const target = new Uint8Array(32);
  const view = new DataView(target.buffer);
  for (let word = 0; word < 8; word++) view.setUint32(4 * word, words[16 + word] ?? 0);
  return { nonce: bytes.slice(0, 32), seed: bytes.slice(32, 64), target, count: words[24] ?? 0 };
}

class FakeBuffer {
  readonly words: Uint32Array<ArrayBuffer>;
  isAnswered = true;
  #isMapped = false;
  #reject: ((error: Error) => void) | undefined;

  constructor(size: number) {
    this.words = new Uint32Array(size / 4);
  }

  mapAsync(): Promise<void> {
    if (this.#isMapped) throw new Error("it is mapped already");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#reject = reject;
    // As in a browser: an answer is a task of its own.
    if (this.isAnswered) setImmediate(resolve);
    this.#isMapped = true;
    return promise;
  }

  reject(error: Error): void {
    this.#reject?.(error);
  }

  getMappedRange(): ArrayBuffer {
    return this.words.buffer;
  }

  unmap(): void {
    this.#isMapped = false;
  }
}
