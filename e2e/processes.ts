/** Real processes for the end-to-end tests: servers, one or several that federate, and the command line as a person or a script runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Place, type Secured, securePlaces } from "@keypears/server/testing/network";

const keypears = fileURLToPath(new URL("../packages/cli/bin/keypears.js", import.meta.url));
const killable = fileURLToPath(
  new URL("../packages/server/src/testing/killable-server.ts", import.meta.url),
);

/** Difficulties that cost next to nothing, so that a story is about the story. */
export const cheap = {
  KEYPEARS_POW_REGISTER: "16",
  KEYPEARS_POW_LOGIN: "16",
  KEYPEARS_POW_FIRST_CONTACT: "64",
  KEYPEARS_POW_MESSAGE: "16",
};

/** Settings of the machine that the tests run on, without any of KeyPears' own. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("KEYPEARS_") && name !== "PORT",
    ),
  );
}

export interface ServerProcess {
  readonly url: string;
  /** The folder of the database. */
  readonly data: string;
  readonly port: number;
  /** Everything that it has printed. */
  log(): string;
  /** Resolves when it has ended, with its exit code: null where a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it by a signal and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What lasts as long as a test, or as whatever else calls its hooks at its end. */
export type Lasting = Pick<TestContext, "after">;

/** A folder that goes with the test. */
export function temporaryFolder(t: Lasting): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-e2e-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts `keypears serve` and waits until it answers. Port 0 lets the system choose. */
export async function startServer(
  t: Lasting,
  options: {
    data: string;
    /** What starts it, in place of that. */
    command?: readonly string[];
    port?: number;
    env?: NodeJS.ProcessEnv;
    /** A point of a delivery at which it kills itself, as killable-server.ts takes it. */
    killAt?: string;
  },
): Promise<ServerProcess> {
  const { data, killAt, port = 0 } = options;
  const program = killAt === undefined ? [keypears, "serve"] : [killable];
  const [file = "", ...args] = options.command ?? [process.execPath, ...program];
  const child = spawn(file, args, {
    env: {
      ...cleanEnvironment(),
      ...cheap,
      KEYPEARS_DATA: data,
      KEYPEARS_LISTEN: `127.0.0.1:${port}`,
      ...(killAt === undefined ? {} : { KILL_AT: killAt }),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    const onText = (text: Buffer): void => {
      log += text.toString();
      const found = /KeyPears is at (https?:\/\/\S+)\n/.exec(log);
      if (found) resolve(found[1] ?? "");
    };
    child.stdout.on("data", onText);
    child.stderr.on("data", onText);
    void ended.then((code) => reject(new Error(`The server ended with ${code}: ${log}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  // A command that has another program serve passes on what asks it to end, and nothing that kills it.
  t.after(() => stop(options.command === undefined ? "SIGKILL" : "SIGTERM"));
  return {
    url,
    data,
    port: port === 0 ? Number(new URL(url).port) : port,
    log: () => log,
    ended,
    stop,
  };
}

/** Servers that federate by real TLS on loopback, where names are those of tests and certificates a throw-away authority's. */
export interface Town {
  readonly folder: string;
  /** The settings by which servers and command lines find each other. */
  readonly env: NodeJS.ProcessEnv;
  /** The authority's certificate, in PEM form. */
  readonly ca: string;
  /** The server of a domain as it was started last. */
  server(domain: string): ServerProcess;
  /** Starts the server of a domain again, on the same data and port. */
  start(domain: string, options?: { killAt?: string }): Promise<ServerProcess>;
  /** Somebody with a command line of their own; another `device` is another one of the same person. */
  person(address: string, options?: { password?: string; device?: string }): Person;
}

/** Starts a server process for each domain. */
export async function startTown(
  t: Lasting,
  domains: readonly (string | Place)[],
  options: { env?: NodeJS.ProcessEnv } = {},
): Promise<Town> {
  const places = domains.map((one) => (typeof one === "string" ? { domain: one } : one));
  const folder = temporaryFolder(t);
  const servers = new Map<string, ServerProcess>();
  const launch = async (
    secured: Secured,
    domain: string,
    killAt: string | undefined,
  ): Promise<ServerProcess> => {
    const place = secured.places[places.findIndex((one) => one.domain === domain)];
    if (place === undefined) throw new RangeError(`nobody serves ${domain} in this town`);
    const server = await startServer(t, {
      data: join(folder, domain),
      port: place.port,
      env: { ...options.env, ...place.env },
      ...(killAt === undefined ? {} : { killAt }),
    });
    servers.set(domain, server);
    return server;
  };
  const open = async (attempt: number): Promise<Secured> => {
    const secured = await securePlaces({ places, folder: join(folder, `tls-${attempt}`) });
    t.after(() => secured.close());
    try {
      await Promise.all(places.map(({ domain }) => launch(secured, domain, undefined)));
      return secured;
    } catch (error) {
      // Somebody else came to listen where one of them was about to.
      if (attempt === 5 || !String(error).includes("EADDRINUSE")) throw error;
      await Promise.all([...servers.values()].map((server) => server.stop("SIGKILL")));
      return open(attempt + 1);
    }
  };
  const secured = await open(1);
  return {
    folder,
    env: secured.env,
    ca: secured.ca,
    server: (domain) => {
      const found = servers.get(domain);
      if (found === undefined) throw new RangeError(`nobody serves ${domain} in this town`);
      return found;
    },
    start: (domain, { killAt } = {}) => launch(secured, domain, killAt),
    person: (address, { password = `${address} likes ripe pears`, device = "device" } = {}) =>
      new Person({ home: join(folder, `${device} of ${address}`), password, env: secured.env }),
  };
}

/** Looks again and again until there is something, for a fact that others bring about; fails after so many milliseconds. */
export async function eventually<T>(within: number, look: () => Promise<T | null>): Promise<T> {
  const last = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > last) throw new Error(`Not within ${within} ms: ${look.toString()}`);
    await sleep(100);
  }
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON values, one a line. */
  readonly lines: readonly Record<string, unknown>[];
}

/** One person's command line: a home of their own, a password in the environment, always `--json`. */
export class Person {
  readonly home: string;
  readonly #server: (() => string) | null;
  readonly #password: string;
  readonly #env: NodeJS.ProcessEnv;

  /** Without a `server` it finds its own, by the address. */
  constructor(options: {
    home: string;
    server?: () => string;
    password: string;
    env?: NodeJS.ProcessEnv;
  }) {
    this.home = options.home;
    this.#server = options.server ?? null;
    this.#password = options.password;
    this.#env = options.env ?? {};
  }

  /** Runs a command to its end, whatever that is. */
  async run(args: readonly string[], input?: string): Promise<Result> {
    const child = this.start(args, input);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (text) => (stdout += text));
    child.stderr?.on("data", (text) => (stderr += text));
    const code = await new Promise<number>((resolve) =>
      child.once("close", (status) => resolve(status ?? -1)),
    );
    return { code, stdout, stderr, lines: jsonLines(stdout) };
  }

  /** Runs a command that has to succeed, and gives what it printed. */
  async ok(...args: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const result = await this.run(args);
    if (result.code !== 0) {
      throw new Error(
        `keypears ${args.join(" ")} ended with ${result.code}: ${result.stdout}${result.stderr}`,
      );
    }
    return result.lines;
  }

  /** Runs a command that has to fail, and gives the code of its error. */
  async fails(...args: readonly string[]): Promise<unknown> {
    const result = await this.run(args);
    if (result.code !== 1)
      throw new Error(`keypears ${args.join(" ")} ended with ${result.code}, not 1`);
    return (result.lines.at(-1)?.error as { code?: unknown } | undefined)?.code;
  }

  /** Starts a command and leaves it running. */
  start(args: readonly string[], input?: string): ChildProcess {
    // Whoever has logged in, the profile knows the server of.
    const isNew = args[0] === "signup" || args[0] === "login";
    const server = isNew && this.#server !== null ? ["--server", this.#server()] : [];
    const child = spawn(process.execPath, [keypears, ...args, ...server, "--json"], {
      env: {
        ...cleanEnvironment(),
        ...this.#env,
        KEYPEARS_HOME: this.home,
        KEYPEARS_PASSWORD: this.#password,
      },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    if (input !== undefined) child.stdin?.end(input);
    return child;
  }

  /** `read PEER --follow`, line by line. */
  follow(t: TestContext, peer: string): Following {
    return new Following(t, this.start(["read", peer, "--follow"]));
  }
}

/** A running `read --follow`. */
export class Following {
  readonly #child: ChildProcess;
  readonly #lines: Record<string, unknown>[] = [];
  readonly #waiting = new Set<() => void>();
  readonly ended: Promise<number | null>;
  #text = "";

  constructor(t: TestContext, child: ChildProcess) {
    this.#child = child;
    child.stdout?.on("data", (part: Buffer) => {
      this.#text += part.toString();
      const whole = this.#text.lastIndexOf("\n") + 1;
      this.#lines.push(...jsonLines(this.#text.slice(0, whole)));
      this.#text = this.#text.slice(whole);
      for (const wake of this.#waiting) wake();
    });
    this.ended = new Promise((resolve) => child.once("close", resolve));
    t.after(() => this.stop());
  }

  /** Waits for a line with this text, and gives it. */
  async text(text: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.#lines.find((line) => line.text === text);
      if (found) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        void this.ended.then(wake);
      });
      if (this.#child.exitCode !== null && !this.#lines.some((line) => line.text === text)) {
        throw new Error(
          `read --follow ended with ${this.#child.exitCode} before "${text}": ${JSON.stringify(this.last())}`,
        );
      }
    }
  }

  /** The texts so far, in order. */
  texts(): unknown[] {
    return this.#lines.map((line) => line.text);
  }

  /** The last line so far. */
  last(): Record<string, unknown> | undefined {
    return this.#lines.at(-1);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.ended;
  }
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
