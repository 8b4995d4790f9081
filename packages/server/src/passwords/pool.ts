/**
 * The slow half of a log-in: verifiers by PBKDF2, in worker threads of their own. Web Crypto would run them on the
 * threads that name look-ups and files share, and 64 at once would hold those up for many seconds (spec/3.3).
 */
import { timingSafeEqual } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ApiError } from "@keypears/api";
import type { Bytes } from "@keypears/protocol";

/** How many may wait, per thread. Beyond it a caller is told to come back. */
const MOST_WAITING = 16;
/** Roughly what one derivation takes, in seconds: for telling how long to wait. */
const SECONDS_EACH = 0.3;

interface Job {
  readonly loginKey: Bytes;
  readonly salt: Bytes;
  resolve(verifier: Bytes): void;
  reject(error: Error): void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | null;
}

export class VerifierPool {
  readonly #script: URL;
  readonly #most: number;
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  #closed = false;

  /** One thread fewer than there are cores, so that there is one left for everybody else. */
  constructor({
    threads = Math.max(1, availableParallelism() - 1),
    script = new URL("./worker.ts", import.meta.url),
  } = {}) {
    this.#script = script;
    this.#most = threads;
  }

  /** The verifier of a login key, 32 bytes. `busy` when too many wait already. */
  derive(loginKey: Bytes, salt: Bytes): Promise<Bytes> {
    return new Promise<Bytes>((resolve, reject) => {
      this.refuseWhenFull();
      this.#waiting.push({ loginKey, salt, resolve, reject });
      this.#next();
    });
  }

  /** Throws `busy` when too many wait already. */
  refuseWhenFull(): void {
    if (!this.#closed && this.#waiting.length < MOST_WAITING * this.#most) return;
    const retryAfter = Math.ceil((this.#waiting.length * SECONDS_EACH) / this.#most);
    throw new ApiError("busy", { retryAfter: Math.max(1, retryAfter) });
  }

  /** Whether a login key gives this verifier, compared in constant time. */
  async matches(loginKey: Bytes, salt: Bytes, verifier: Bytes): Promise<boolean> {
    return timingSafeEqual(await this.derive(loginKey, salt), verifier);
  }

  /** Ends the threads; what waits is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.reject(new ApiError("busy", { retryAfter: 1 }));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const thread = this.#threads.find(({ job }) => job === null) ?? this.#start();
    if (thread === null) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    thread.job = job;
    thread.worker.ref();
    thread.worker.postMessage({ loginKey: job.loginKey, salt: job.salt });
  }

  /** Threads are started when they are first needed: an idle server has none. */
  #start(): Thread | null {
    if (this.#threads.length >= this.#most) return null;
    const thread: Thread = {
      worker: new Worker(this.#script, { name: "keypears-verifier" }),
      job: null,
    };
    thread.worker.unref();
    this.#threads.push(thread);
    thread.worker.on("message", (verifier: Bytes) => {
      const { job } = thread;
      thread.job = null;
      thread.worker.unref();
      job?.resolve(verifier);
      this.#next();
    });
    thread.worker.on("messageerror", (error) => this.#bury(thread, error));
    thread.worker.on("error", (error) => this.#bury(thread, error as Error));
    thread.worker.on("exit", () => this.#bury(thread, new Error("a verifier thread ended")));
    return thread;
  }

  #bury(thread: Thread, error: Error): void {
    const index = this.#threads.indexOf(thread);
    if (index < 0) return;
    this.#threads.splice(index, 1);
    thread.job?.reject(this.#closed ? new ApiError("busy", { retryAfter: 1 }) : error);
    if (!this.#closed) this.#next();
  }
}
