/** A miner that leaves half of the cores to the server, and no threads while there is nothing to mine. */
import { availableParallelism } from "node:os";
import type { Miner } from "@keypears/client";
import { createNodeMiner } from "@keypears/pow5/node";

/** How long threads stay without work, in milliseconds. */
const IDLE = 30_000;

export class SparingMiner implements Miner {
  #threads: ReturnType<typeof createNodeMiner> | null = null;
  #jobs = 0;
  #idle: NodeJS.Timeout | undefined;

  async mine(...job: Parameters<Miner["mine"]>): ReturnType<Miner["mine"]> {
    clearTimeout(this.#idle);
    const threads = Math.max(1, Math.floor(availableParallelism() / 2));
    this.#threads ??= createNodeMiner({ threads });
    this.#jobs++;
    try {
      return await this.#threads.mine(...job);
    } finally {
      this.#jobs--;
      if (this.#jobs === 0) this.#idle = setTimeout(() => this.close(), IDLE).unref();
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#threads?.close();
    this.#threads = null;
  }
}
