/** The door of pow5 for every platform; what a platform adds is behind `@keypears/pow5/node` and `@keypears/pow5/web`. */
export { createKernel } from "./kernel.ts";
export type { Kernel, Mined, Part } from "./kernel.ts";
export type { MineOptions, Miner } from "./miner.ts";
