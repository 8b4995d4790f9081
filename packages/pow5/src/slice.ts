/** What the miner and its threads say to each other, on every platform: one slice of work, one answer. */
import { createKernel } from "./kernel.ts";
import type { Bytes, Part } from "./kernel.ts";

/** A few milliseconds of work. */
export interface Slice extends Part {
  readonly id: number;
  readonly startNonce: Bytes;
  readonly count: number;
}

export interface SliceResult {
  readonly id: number;
  readonly nonce: Bytes | null;
  readonly tried: number;
  readonly milliseconds: number;
}

/** The thread's whole task: answers one slice after the other. */
export function createSliceWorker(module: WebAssembly.Module): (slice: Slice) => SliceResult {
  const kernel = createKernel(module);
  return (slice) => {
    const start = performance.now();
    const mined = kernel.mine(slice, slice.startNonce, slice.count);
    return { id: slice.id, ...mined, milliseconds: performance.now() - start };
  };
}
