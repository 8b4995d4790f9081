/**
 * A graphics processor with our kernel on it. It is not believed: every dispatch also searches among two nonces whose hashes are known, one of which it has to
 * find and one not. That catches compilers that err, memory that rots, and drivers that answer without having computed. (What it finds beside is
 * verified by the miner.)
 */
import type { Bytes } from "../kernel.ts";
import { SEARCH_WORDS, WORKGROUP_SIZE, kernelSource } from "./source.ts";

/** A search: `count` nonces, counted up in their last four bytes (little-endian) without passing 2³². */
export interface Search {
  /** The first nonce, 32 bytes. */
  readonly nonce: Uint8Array;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** What a hash has to be below, 32 bytes, big-endian. */
  readonly target: Uint8Array;
  /** 1 to {@link MAX_COUNT}. */
  readonly count: number;
}

export interface Found {
  /** For each search the index of a nonce that it says is one, or null. */
  readonly hits: readonly (number | null)[];
  /** How long the dispatch took. */
  readonly milliseconds: number;
}

export interface Processor {
  /**
   * Searches at most {@link MAX_SEARCHES} at once; not to be called again before it has answered. Rejects with {@link GpuFailure}, and does so ever
   * after.
   */
  run(searches: readonly Search[]): Promise<Found>;
  /** Lets go of the device and all its memory. */
  close(): void;
}

/**
 * Why a graphics processor that had been at work is no longer: `lost`, its device went away or refused something; `silent`, it did not answer; `wrong`, it
 * answered what is not so; `closed`, by ourselves.
 */
export type GpuFault = "lost" | "silent" | "wrong" | "closed";

/** Ends the jobs of a graphics processor. */
export class GpuFailure extends Error {
  override readonly name = "GpuFailure";
  readonly fault: GpuFault;

  constructor(fault: GpuFault, detail: string) {
    super(`the graphics processor failed (${fault}): ${detail}`);
    this.fault = fault;
  }
}

/**
 * Why there is none: `unsupported`, no WebGPU here; `no-adapter`, no answer within a second, or no processor; `software`, only one that is computed by
 * the main processor, which our other kernel uses better; `failed`, the device or the kernel's compilation; `wrong`, it gave a wrong answer.
 */
export interface GpuRefusal {
  readonly refused: "unsupported" | "no-adapter" | "software" | "failed" | "wrong";
  /** For a log or a bug report: from the browser, in no particular language. */
  readonly detail: string;
}

export const MAX_SEARCHES = 64;
/** A dispatch has at most 65,535 workgroups side by side. */
export const MAX_COUNT = 65_535 * WORKGROUP_SIZE;

const ADAPTER_MILLISECONDS = 1000;
/** For device and compilation, which a driver may take its time for. Nobody waits for it meanwhile. */
const COMPILE_MILLISECONDS = 60_000;

/** Looks are counted, and not the time that went by, since a machine can sleep. */
const LOOK_MILLISECONDS = 1000;
const LOOKS_UNTIL_SILENT = 10;

/** WebGPU's own numbers, which are global names in browsers alone. */
const MAP_READ = 0x1;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;

export interface ProcessorOptions {
  /** `navigator.gpu`, where there is one: in pages and in workers. */
  readonly gpu: GPU | undefined;
  /** Whether an adapter that is software will do, for tests. */
  readonly allowSoftware?: boolean | undefined;
}

/** Opens the graphics processor, compiles the kernel, and has it prove itself. Answers with the reason where there is none to be had. */
export async function openProcessor(options: ProcessorOptions): Promise<Processor | GpuRefusal> {
  const { gpu, allowSoftware = false } = options;
  if (gpu === undefined) return { refused: "unsupported", detail: "there is no WebGPU" };
  let device: GPUDevice | undefined;
  try {
    const adapter = await within(ADAPTER_MILLISECONDS, askForAdapter(gpu));
    if (adapter === LATE) return { refused: "no-adapter", detail: "it did not answer" };
    if (adapter === null) return { refused: "no-adapter", detail: "there is none" };
    if (adapter.info.isFallbackAdapter && !allowSoftware) {
      return { refused: "software", detail: adapter.info.description };
    }
    const opening = openDevice(adapter, gpu.wgslLanguageFeatures);
    const opened = await within(COMPILE_MILLISECONDS, opening);
    if (opened === LATE) {
      opening.then((late) => late.device.destroy()).catch(() => undefined);
      return { refused: "failed", detail: "it did not compile within a minute" };
    }
    device = opened.device;
    const processor = createProcessor(opened);
    // Proves itself: that is a part of every dispatch.
    await processor.run([]);
    return processor;
  } catch (error) {
    device?.destroy();
    const isWrong = error instanceof GpuFailure && error.fault === "wrong";
    return { refused: isWrong ? "wrong" : "failed", detail: String(error) };
  }
}

const LATE = Symbol("late");

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | typeof LATE> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function askForAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  return await gpu.requestAdapter({ powerPreference: "high-performance" });
}

interface Opened {
  readonly device: GPUDevice;
  readonly pipeline: GPUComputePipeline;
}

async function openDevice(adapter: GPUAdapter, features: WGSLLanguageFeatures): Promise<Opened> {
  const device = await adapter.requestDevice({ label: "keypears-pow5" });
  try {
    const packedProducts = features.has("packed_4x8_integer_dot_product");
    const module = device.createShaderModule({ code: kernelSource({ packedProducts }) });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "mine" },
    });
    return { device, pipeline };
  } catch (error) {
    device.destroy();
    throw error;
  }
}

function createProcessor({ device, pipeline }: Opened): Processor {
  const slots = PROOF.length + MAX_SEARCHES;
  const buffer = (words: number, usage: number): GPUBuffer =>
    device.createBuffer({ size: 4 * words, usage });
  const searchBuffer = buffer(slots * SEARCH_WORDS, STORAGE | COPY_DST);
  const foundBuffer = buffer(slots, STORAGE | COPY_DST | COPY_SRC);
  const answerBuffer = buffer(slots, MAP_READ | COPY_DST);
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [searchBuffer, foundBuffer].map((one, binding) => {
      return { binding, resource: { buffer: one } };
    }),
  });

  let failure: GpuFailure | undefined;
  let reject: ((failure: GpuFailure) => void) | undefined;

  /** From now on it is not used, and what it holds is free. */
  function fail(fault: GpuFault, detail: string): GpuFailure {
    if (failure === undefined) {
      failure = new GpuFailure(fault, detail);
      device.destroy();
      reject?.(failure);
    }
    return failure;
  }

  void device.lost.then(({ message }) => fail("lost", message));
  device.addEventListener("uncapturederror", ({ error }) => fail("lost", error.message));

  async function dispatch(searches: readonly Search[]): Promise<Uint32Array> {
    device.queue.writeBuffer(searchBuffer, 0, wordsOf(searches));
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(foundBuffer);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    const most = Math.max(...searches.map(({ count }) => count));
    pass.dispatchWorkgroups(Math.ceil(most / WORKGROUP_SIZE), searches.length);
    pass.end();
    encoder.copyBufferToBuffer(foundBuffer, 0, answerBuffer, 0, 4 * slots);
    device.queue.submit([encoder.finish()]);
    await answerBuffer.mapAsync(MAP_READ);
    const found = new Uint32Array(answerBuffer.getMappedRange().slice(0, 4 * searches.length));
    answerBuffer.unmap();
    return found;
  }

  /** The answer, or the first sign that there will be none. */
  async function answerTo(searches: readonly Search[]): Promise<Uint32Array> {
    const broken = Promise.withResolvers<never>();
    reject = broken.reject;
    let looks = 0;
    const watch = setInterval(() => {
      if (++looks >= LOOKS_UNTIL_SILENT) fail("silent", "it has not answered for ten seconds");
    }, LOOK_MILLISECONDS);
    try {
      return await Promise.race([dispatch(searches), broken.promise]);
    } finally {
      reject = undefined;
      clearInterval(watch);
    }
  }

  return {
    async run(searches) {
      if (failure !== undefined) throw failure;
      if (searches.length > MAX_SEARCHES) throw new RangeError("too many searches at once");
      const all = [...PROOF, ...searches];
      const start = performance.now();
      let found: Uint32Array;
      try {
        found = await answerTo(all);
      } catch (error) {
        throw failure ?? fail("lost", String(error));
      }
      const milliseconds = performance.now() - start;
      const isPossible = all.every(({ count }, index) => (found[index] ?? 0) <= count);
      if (found[0] !== 1 || found[1] !== 0 || !isPossible) {
        throw fail("wrong", "it miscounted a hash that is known");
      }
      const hits = [...found.subarray(PROOF.length)].map((hit) => (hit === 0 ? null : hit - 1));
      return { hits, milliseconds };
    },

    close: () => void fail("closed", "it was closed"),
  };
}

function wordsOf(searches: readonly Search[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(searches.length * SEARCH_WORDS);
  for (const [index, { nonce, seed, target, count }] of searches.entries()) {
    const own = words.subarray(index * SEARCH_WORDS, (index + 1) * SEARCH_WORDS);
    for (let word = 0; word < 8; word++) {
      own[word] = viewOf(nonce).getUint32(4 * word, true);
      own[8 + word] = viewOf(seed).getUint32(4 * word, true);
      own[16 + word] = viewOf(target).getUint32(4 * word);
    }
    own[24] = count;
  }
  return words;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A known vector twice: once its hash has to be below a number that is one more, which it is, and once below itself, which it is not. Only one
 * hash passes both.
 */
const PROOF: readonly Search[] = provingSearches();

function provingSearches(): Search[] {
  // The third of vectors/pow5-64b.json: no two of its bytes are the same.
  const header = Uint8Array.from({ length: 64 }, (_, index) => index);
  const hash = 0x0b81a0c4dd5cd5401a376213a1444c3f3d15fef512c37af69b5b4aed40c2e440n;
  return [hash + 1n, hash].map((target) => {
    return {
      nonce: header.slice(0, 32),
      seed: header.slice(32),
      target: bytesOf(target),
      count: 1,
    };
  });
}

function bytesOf(number: bigint): Bytes {
  return Uint8Array.from({ length: 32 }, (_, index) =>
    Number((number >> BigInt(8 * (31 - index))) & 0xffn),
  );
}
