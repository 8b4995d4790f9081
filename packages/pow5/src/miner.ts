import type { Bytes, Part } from "./kernel.ts";

export interface MineOptions {
  /** Aborting it ends the job at once: `mine` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once for each part that is solved, with its index and its nonce (32 bytes), in the order in which they are. */
  readonly onPart?: ((index: number, nonce: Bytes) => void) | undefined;
  /** Called now and then with the number of nonces that were tried since the last time. */
  readonly onTried?: ((count: number) => void) | undefined;
}

/** Whatever solves proof of work: threads with the WebAssembly kernel, a graphics processor, or one after the other. */
export interface Miner {
  /**
   * Finds for each part a nonce (32 bytes) that meets its difficulty for its seed (spec/7.1), and answers with them in the order of the parts. Any
   * number of jobs may run at once and share the threads.
   *
   * Rejects with RangeError for a part that is none, with the signal's reason when aborted, and with Error when the miner is closed or breaks down.
   */
  mine(parts: readonly Part[], options?: MineOptions): Promise<Bytes[]>;
  /** How many threads work when there is work: 0 where it is a graphics processor that does. */
  readonly threads: number;
  /** Ends the threads and lets go of the graphics processor; jobs under way reject. Closing again does nothing. */
  close(): void;
}
