/** What a worker thread of the Node miner runs. */
import { parentPort, workerData } from "node:worker_threads";
import { type Slice, createSliceWorker } from "./slice.ts";

const work = createSliceWorker(workerData as WebAssembly.Module);

parentPort?.on("message", (slice: Slice) => parentPort?.postMessage(work(slice)));
