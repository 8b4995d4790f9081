/** What a Web Worker of the browser's miner runs: first it is given the kernel, then slices. */
import { createSliceWorker } from "./slice.ts";
import type { Slice, SliceResult } from "./slice.ts";

let work: ((slice: Slice) => SliceResult) | undefined;

addEventListener("message", ({ data }: MessageEvent<WebAssembly.Module | Slice>) => {
  if (data instanceof WebAssembly.Module) work = createSliceWorker(data);
  else if (work === undefined) throw new Error("a slice came before the kernel");
  else postMessage(work(data));
});
