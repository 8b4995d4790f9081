/** Starts a server process on a folder of its own, and asks it how it does. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a server process uses. */
export interface Usage {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Milliseconds of processor time since it began, all threads together. */
  readonly cpu: number;
}

export interface ServerProcess {
  readonly url: string;
  readonly process: ChildProcess;
  usage(): Promise<Usage>;
  /** Ends it as it is, without a goodbye. */
  kill(): Promise<void>;
}

/** What the benchmarks set: SQLite in a file, rate limits off, every proof of work of difficulty 1. */
const settings = {
  KEYPEARS_DOMAIN: "localhost",
  KEYPEARS_LISTEN: "127.0.0.1:0",
  KEYPEARS_LIMITS: "off",
  KEYPEARS_POW_REGISTER: "1",
  KEYPEARS_POW_LOGIN: "1",
  KEYPEARS_POW_FIRST_CONTACT: "1",
  KEYPEARS_POW_MESSAGE: "1",
} as const;

/** Those settings in words, for beside the figures. */
export const settingsInWords = {
  storage: "SQLite in a file, write-ahead log, every commit flushed (synchronous=FULL)",
  "proof of work": "difficulty 1 (verifying costs the same at any)",
  "rate limits": "off",
};

export async function startServer(
  folder: string,
  more: {
    readonly env?: NodeJS.ProcessEnv;
    /** A file for its log. */
    readonly log?: string;
  } = {},
): Promise<ServerProcess> {
  const script = new URL("./server-process.ts", import.meta.url);
  // Else the log goes where nobody reads it, but is written.
  const log = more.log === undefined ? "ignore" : openSync(more.log, "a");
  const child = fork(script, {
    env: { ...settings, KEYPEARS_DATA: folder, ...more.env },
    stdio: ["ignore", log, "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const early = ended.then(() => {
    throw new Error("The server process ended before it listened.");
  });
  const [{ url }] = (await Promise.race([once(child, "message"), early])) as [{ url: string }];
  return {
    // By number, so that no look-up is measured.
    url: url.replace("localhost", "127.0.0.1"),
    process: child,
    usage: async () => {
      const answer = once(child, "message");
      child.send("usage");
      const [usage] = (await answer) as [Usage];
      return usage;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs with a folder that is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-load-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
