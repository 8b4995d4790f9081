/** The door for those who have a graphics processor of their own, measure it, or compile its kernel elsewhere. Pages use `createBestMiner` of `@keypears/pow5/web`. */
export { createGpuMiner } from "./gpu/miner.ts";
export type { GpuMinerOptions } from "./gpu/miner.ts";
export { GpuFailure, MAX_SEARCHES, openProcessor } from "./gpu/processor.ts";
export type { Found, GpuRefusal, Processor, ProcessorOptions, Search } from "./gpu/processor.ts";
export { kernelSource } from "./gpu/source.ts";
export { targetOf } from "./kernel.ts";
