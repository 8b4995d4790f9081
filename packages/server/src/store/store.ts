/**
 * The store: one SQLite file, a connection that writes and one that reads.
 *
 * A transaction is durable when its promise resolves: WAL with synchronous FULL, so that what was acknowledged survives
 * kill -9 and power loss. That costs a flush to disk per commit; callers who come together share one. Each runs in a
 * savepoint of its own, so that one caller's failure undoes only what that caller did.
 */
import { chmodSync, closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { migrate } from "./migrate.ts";
import type { Tables } from "./schema.ts";
import { sqliteDialect } from "./sqlite.ts";

/** What a query runs on: the reading side, or a transaction. */
export type Queries = Kysely<Tables>;

/** The most callers that share one commit, so that the first of them does not wait for ever. */
const MOST_TOGETHER = 64;

/** A caller who waits for a turn: runs in the open transaction, answers once that is committed. */
interface Job {
  run(tx: Queries): Promise<void>;
  committed(): void;
  failed(error: unknown): void;
}

export interface StoreOptions {
  /** The database's file, made where it is missing, readable by its owner only. */
  readonly file: string;
  /** Database time; tests replace it. */
  readonly now: () => number;
}

export class Store {
  /** Reads, of what is committed. Never writes. */
  readonly db: Queries;
  readonly #now: () => number;
  readonly #reading: DatabaseSync;
  readonly #writing: DatabaseSync;
  readonly #writes: Queries;
  readonly #queue: Job[] = [];
  #working: Promise<void> | null = null;
  #closed = false;

  private constructor(reading: DatabaseSync, writing: DatabaseSync, now: () => number) {
    this.#reading = reading;
    this.#writing = writing;
    this.#now = now;
    this.db = new Kysely<Tables>({ dialect: sqliteDialect(reading) });
    this.#writes = new Kysely<Tables>({ dialect: sqliteDialect(writing) });
  }

  /** Opens the database, making it where it is missing, and brings it forward to this version. */
  static async open({ file, now }: StoreOptions): Promise<Store> {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    const writing = new DatabaseSync(file);
    try {
      writing.exec("pragma journal_mode = wal");
      writing.exec("pragma synchronous = full");
      writing.exec("pragma foreign_keys = on");
      // What a savepoint may have to undo stays in memory: a message's pages would go to a file of their own each time.
      writing.exec("pragma temp_store = memory");
      // 32 MiB of pages at most. The log is copied back every 16 MiB: by then most pages have been written many times.
      writing.exec("pragma cache_size = -32768");
      writing.exec("pragma wal_autocheckpoint = 4000");
      writing.exec("pragma busy_timeout = 5000");
      writing.exec("begin immediate");
      await migrate(new Kysely<Tables>({ dialect: sqliteDialect(writing) }), now());
      writing.exec("commit");
    } catch (error) {
      writing.close();
      throw error;
    }
    const reading = new DatabaseSync(file, { readOnly: true });
    reading.exec("pragma busy_timeout = 5000");
    return new Store(reading, writing, now);
  }

  /** Database time, in milliseconds: the one clock for everything that runs out. */
  async now(): Promise<number> {
    return this.#now();
  }

  /**
   * Runs `work` in a transaction and resolves with its result once that is durable; what it throws undoes its own
   * writes and is thrown again. `work` awaits nothing but queries on the transaction it is given: everybody waits
   * behind it.
   */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("The store is closed."));
    return new Promise<T>((resolve, reject) => {
      let result: T;
      this.#queue.push({
        run: async (tx) => {
          result = await work(tx);
        },
        committed: () => resolve(result),
        failed: reject,
      });
      this.#working ??= this.#work();
    });
  }

  /** Finishes what is under way, then closes the file. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#working;
    this.#reading.close();
    this.#writing.close();
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) await this.#commitTogether();
    this.#working = null;
  }

  async #commitTogether(): Promise<void> {
    try {
      this.#writing.exec("begin immediate");
    } catch (error) {
      this.#queue.shift()?.failed(error);
      return;
    }
    // A refusal may rest on what a neighbour wrote, so it too is told only once that is durable.
    const answers: (() => void)[] = [];
    const jobs: Job[] = [];
    do {
      for (const job of this.#queue.splice(0, MOST_TOGETHER - jobs.length)) {
        jobs.push(job);
        answers.push(await this.#runAlone(job));
      }
      // The flush costs more than all else: who is just about to come is given one turn of the event loop to join.
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#queue.length > 0 && jobs.length < MOST_TOGETHER);
    try {
      this.#writing.exec("commit");
    } catch (error) {
      if (this.#writing.isTransaction) this.#writing.exec("rollback");
      for (const job of jobs) job.failed(error);
      return;
    }
    for (const answer of answers) answer();
  }

  /** Runs one caller's work in a savepoint of its own, and gives how to answer once all is committed. */
  async #runAlone(job: Job): Promise<() => void> {
    this.#writing.exec("savepoint caller");
    try {
      await job.run(this.#writes);
      this.#writing.exec("release caller");
      return () => job.committed();
    } catch (error) {
      this.#writing.exec("rollback to caller");
      this.#writing.exec("release caller");
      return () => job.failed(error);
    }
  }
}
