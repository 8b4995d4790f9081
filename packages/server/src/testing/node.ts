/** For tests: one server of a network: its starts, its stops and its deaths, on the same data. */
import { once } from "node:events";
import { type IncomingMessage, request as connectPlainly } from "node:http";
import { type RequestOptions, request as connectSecurely } from "node:https";
import { Readable } from "node:stream";
import { pino } from "pino";
import { type Config, type Environment, readConfig } from "../config.ts";
import { type Log, type OpenContext, openContext } from "../context.ts";
import type { Point } from "../delivery/points.ts";
import type { Later } from "../delivery/rounds.ts";
import { startJobs } from "../jobs/timers.ts";
import type { Outbound } from "../net/outbound.ts";
import { type EchoOverrides, listen, openEcho } from "../serve.ts";
import { createServer } from "../server.ts";

/** What a request is sent with, beside what `fetch` takes. */
export interface NodeRequestInit extends RequestInit {
  /** For `memory`: the caller's network address. */
  readonly source?: string;
}

/** One server of a network. */
export interface NetworkNode {
  readonly domain: string;
  /** What browsers see: the server's origin. */
  readonly url: string;
  /** Where it listens on loopback; 0 where it does not. */
  readonly port: number;
  /** The lines that it has logged, as JSON, from every start. */
  readonly lines: readonly string[];
  /** Another one after each start. */
  readonly context: OpenContext;
  /** Whether it runs: not after it was stopped, nor after it died. */
  readonly running: boolean;
  /** Resolves when this run of it is over. */
  readonly over: Promise<void>;
  /** Sends a request, or one for a path of this server; rejects where it does not run. */
  fetch(request: string | Request, init?: NodeRequestInit): Promise<Response>;
  /** Stops it; nothing it acknowledged is lost. */
  close(): Promise<void>;
  /** Starts it again on the same data, and for `http` and `tls` on the same port. */
  start(): Promise<void>;
  /** Stops it, where it runs, and starts it again. */
  restart(): Promise<void>;
  /** It dies as by `kill -9`: whoever waits for an answer gets none, and whatever it was about to do is not done. */
  kill(): Promise<void>;
}

export interface NodeOptions {
  readonly domain: string;
  /** Settings, complete but for where it listens. */
  readonly env: Environment;
  /** Where it listens on loopback; null to listen nowhere. */
  readonly port: number | null;
  /** For a server by TLS: whom its callers trust. */
  readonly ca: string | null;
  readonly webFolder: string | undefined;
  readonly echo: EchoOverrides | undefined;
  readonly now: (() => number) | undefined;
  readonly later: Later;
  readonly log: Log | undefined;
  /** How it reaches others; null for nobody. */
  readonly openDoor: (config: Config) => Outbound | null;
  /** Awaited at each point of a delivery. */
  readonly reached: (point: Point) => Promise<void>;
}

/** How long a stop waits for what is under way, in milliseconds, as where it listens. */
const PATIENCE = 8_000;

/** One start of a server: how it is reached, until it is stopped. */
interface Started {
  readonly life: Life;
  readonly context: OpenContext;
  readonly url: string;
  /** 0 where it does not listen. */
  readonly port: number;
  send(request: Request, source: string): Promise<Response>;
  stop(): Promise<void>;
}

/** From a start to a stop or a death. */
class Life {
  #dead = false;
  readonly #death = Promise.withResolvers<never>();
  readonly #over = Promise.withResolvers<void>();

  constructor() {
    // That it dies is a failure only for those who wait for it.
    this.#death.promise.catch(() => {});
  }

  get dead(): boolean {
    return this.#dead;
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** It begins to stop in good order. */
  retire(): void {
    this.#over.resolve();
  }

  end(): void {
    this.#dead = true;
    this.#over.resolve();
    this.#death.reject(new TypeError("the connection was reset: the server died"));
  }

  /** What the living have to say; of the dead nobody hears. */
  orDeath<T>(said: Promise<T>): Promise<T> {
    return Promise.race([this.#death.promise, said]);
  }

  /** Goes on for ever for the dead: what comes after is never done. */
  async goesOn<T>(value: T): Promise<T> {
    return this.#dead ? new Promise<never>(() => {}) : value;
  }

  /** A door by which nothing leaves after death, nor comes in. */
  doorOf(door: Outbound): Outbound {
    return {
      send: async (request) => {
        await this.goesOn(undefined);
        return this.goesOn(await door.send(request));
      },
      noteVerified: (host) => door.noteVerified(host),
      noteContact: (host) => door.noteContact(host),
      close: () => door.close(),
    };
  }
}

export async function startNode(options: NodeOptions): Promise<NetworkNode> {
  const { domain, env, ca, webFolder, now } = options;
  const lines: string[] = [];

  const start = async (port: number | null): Promise<Started> => {
    const own = new Life();
    const log = options.log ?? pino({ base: null }, { write: (line) => void lines.push(line) });
    const config = readConfig({
      ...env,
      ...(port === null ? {} : { KEYPEARS_LISTEN: `127.0.0.1:${port}` }),
    });
    const door = options.openDoor(config);
    const context = await openContext(config, {
      log: silentAfter(own, log),
      ...(now === undefined ? {} : { now }),
      ...(door === null ? {} : { outbound: own.doorOf(door) }),
      later: options.later,
      reached: async (point) => {
        await own.goesOn(undefined);
        await options.reached(point);
        await own.goesOn(undefined);
      },
    });
    const echo: EchoOverrides = {
      ...options.echo,
      reached: async (step) => {
        await own.goesOn(undefined);
        await options.echo?.reached?.(step);
        await own.goesOn(undefined);
      },
    };
    return port === null
      ? await inMemory(context, own, echo)
      : await overLoopback(context, own, { ca, echo, webFolder });
  };

  let started = await start(options.port);
  let running = true;
  let starting: Promise<void> = Promise.resolve();
  const close = async (): Promise<void> => {
    if (!running) return;
    running = false;
    started.life.retire();
    await started.stop();
  };
  const startAgain = async (): Promise<void> => {
    if (running) throw new Error(`the server of ${domain} runs already`);
    const begun = start(options.port === null ? null : started.port);
    starting = begun.then((it) => {
      started = it;
      running = true;
    });
    await starting;
  };
  return {
    domain,
    lines,
    get url() {
      return started.url;
    },
    get port() {
      return started.port;
    },
    get context() {
      return started.context;
    },
    get running() {
      return running;
    },
    get over() {
      return started.life.over;
    },
    fetch: async (request, { source = "127.0.0.1", ...init } = {}) => {
      const target = typeof request === "string" ? new URL(request, started.url) : request;
      if (!running) throw new TypeError(`the connection was refused: ${domain} has stopped`);
      return started.send(new Request(target, init), source);
    },
    close,
    start: startAgain,
    restart: async () => {
      await close();
      await startAgain();
    },
    kill: async () => {
      // What a start takes up may come to where it is to die before the start is over.
      await starting;
      if (!running) return;
      running = false;
      const { context, life, stop } = started;
      life.end();
      // It may wait for ever for what stands still at a point, and fail at what is closed below: nobody is there to mind.
      stop().catch(() => {});
      context.events.endAll();
      await Promise.all([
        context.federation?.outbound.close(),
        context.verifiers.close(),
        context.store.close(),
      ]);
    },
  };
}

function silentAfter(life: Life, log: Log): Log {
  const unless =
    (write: (fields: object, message: string) => void) =>
    (fields: object, message: string): void => {
      if (!life.dead) write(fields, message);
    };
  return {
    info: unless((fields, message) => log.info(fields, message)),
    warn: unless((fields, message) => log.warn(fields, message)),
    error: unless((fields, message) => log.error(fields, message)),
  };
}

async function inMemory(
  context: OpenContext,
  life: Life,
  overrides: EchoOverrides,
): Promise<Started> {
  const answer = createServer(context);
  const stopJobs = startJobs(context);
  await context.resume();
  const echo = await openEcho(context, answer, overrides);
  const underWay = new Set<Promise<Response>>();
  return {
    life,
    context,
    url: context.origin(),
    port: 0,
    send: async (request, source) => {
      // A connection would say which host it was opened for.
      if (!request.headers.has("host")) request.headers.set("host", new URL(request.url).host);
      const answered = answer(request, { source });
      underWay.add(answered);
      try {
        return await life.orDeath(answered);
      } finally {
        underWay.delete(answered);
      }
    },
    stop: async () => {
      await echo?.close();
      context.events.endAll();
      const patience = AbortSignal.timeout(PATIENCE);
      await Promise.race([Promise.allSettled(underWay), once(patience, "abort")]);
      await stopJobs();
      await context.close();
    },
  };
}

async function overLoopback(
  context: OpenContext,
  life: Life,
  options: Pick<NodeOptions, "ca" | "webFolder"> & { readonly echo: EchoOverrides },
): Promise<Started> {
  const { ca, echo, webFolder } = options;
  const running = await listen(context, {
    echo,
    ...(webFolder === undefined ? {} : { webFolder }),
  });
  const { url, port, close } = running;
  return {
    life,
    context,
    url,
    port,
    send: (request) => life.orDeath(sendOverLoopback(request, port, ca)),
    stop: close,
  };
}

/** The names of tests are known to no machine; and `fetch` lets nobody say which host is meant. */
async function sendOverLoopback(
  request: Request,
  port: number,
  ca: string | null,
): Promise<Response> {
  const { host, hostname, pathname, search } = new URL(request.url);
  const options: RequestOptions = {
    host: "127.0.0.1",
    port,
    path: pathname + search,
    method: request.method,
    headers: { ...Object.fromEntries(request.headers), host },
    signal: request.signal,
    // A connection kept from before a restart would be a dead one.
    agent: false,
  };
  const outgoing =
    ca === null
      ? connectPlainly(options)
      : connectSecurely({ ...options, ca, servername: hostname });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  outgoing.end(request.body === null ? undefined : Buffer.from(await request.arrayBuffer()));
  const [incoming] = await answered;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const { statusCode: status = 0 } = incoming;
  const empty = status === 204 || status === 304;
  return new Response(empty ? null : (Readable.toWeb(incoming) as ReadableStream), {
    status,
    headers,
  });
}
