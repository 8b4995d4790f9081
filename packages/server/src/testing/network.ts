/**
 * For tests, demonstrations and `npm run dev`: real servers with real storage in one process, with only the wire replaced
 * where nobody needs one.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request as connectPlainly } from "node:http";
import { type RequestOptions, request as connectSecurely } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pino } from "pino";
import { type Environment, readConfig } from "../config.ts";
import { type Log, type OpenContext, openContext } from "../context.ts";
import { listen } from "../serve.ts";
import { createServer } from "../server.ts";
import { type Authority, makeAuthority } from "./certificates.ts";

export interface NetworkOptions {
  /**
   * `memory`, the default: requests go straight to the server. `http`: it listens on loopback. `tls`: the same, with
   * certificates of an authority that goes with the network.
   */
  readonly wire?: "memory" | "http" | "tls";
  /** For `http` and `tls`: a port for each domain, in their order; else the system chooses. */
  readonly ports?: readonly number[];
  /** A folder for each domain, in their order; else temporary ones, which go when the network closes. */
  readonly dataFolders?: readonly string[];
  /** Settings of every server, beside and before those that a network gives: tiny prices, no limits. */
  readonly env?: Environment;
  /** For `http` and `tls`: the folder of the web app's build. */
  readonly webFolder?: string;
  /** The machine's clock, unless a test has its own. */
  readonly now?: () => number;
  /** Where the servers log to; else each node keeps its lines. */
  readonly log?: Log;
}

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
  /** Another one after each restart. */
  readonly context: OpenContext;
  /** Sends a request, or one for a path of this server. */
  fetch(request: string | Request, init?: NodeRequestInit): Promise<Response>;
  /** Stops it; nothing it acknowledged is lost. */
  close(): Promise<void>;
  /** Stops it and starts it again on the same data, and for `http` and `tls` on the same port. */
  restart(): Promise<void>;
}

export interface Network {
  readonly nodes: readonly NetworkNode[];
  /** The node of a domain. */
  node(domain: string): NetworkNode;
  /** Stops all of them and deletes what was temporary. */
  close(): Promise<void>;
}

const cheap: Environment = {
  KEYPEARS_POW_REGISTER: "16",
  KEYPEARS_POW_LOGIN: "16",
  KEYPEARS_POW_FIRST_CONTACT: "16",
  KEYPEARS_POW_MESSAGE: "16",
  KEYPEARS_LIMITS: "off",
};

/** Starts a server for each domain. Over `http` domains are `localhost` or below it: all else would need a certificate. */
export async function startNetwork(
  domains: readonly string[],
  options: NetworkOptions = {},
): Promise<Network> {
  const nodes: NetworkNode[] = [];
  const temporary: string[] = [];
  const makeFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), "keypears-node-"));
    temporary.push(folder);
    return folder;
  };
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()));
    for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
  };
  const authority = options.wire === "tls" ? makeAuthority() : null;
  try {
    for (const [index, domain] of domains.entries()) {
      const folder = options.dataFolders?.[index] ?? makeFolder();
      const tls = authority === null ? null : certify(authority, domain, makeFolder());
      nodes.push(await startNode(domain, folder, options.ports?.[index] ?? 0, { ...options, tls }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    nodes,
    close,
    node: (domain) => {
      const found = nodes.find((node) => node.domain === domain);
      if (found === undefined) throw new RangeError(`no server of this network is for ${domain}`);
      return found;
    },
  };
}

/** How one node is served by TLS: its files, and whom its callers trust. */
interface Tls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly ca: string;
}

function certify(authority: Authority, domain: string, folder: string): Tls {
  const { cert, key } = authority.certify(domain);
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return { certFile, keyFile, ca: authority.certificate };
}

/** One start of a server: how it is reached, until it is stopped. */
interface Started {
  readonly context: OpenContext;
  readonly url: string;
  /** 0 where it does not listen. */
  readonly port: number;
  send(request: Request, source: string): Promise<Response>;
  stop(): Promise<void>;
}

async function startNode(
  domain: string,
  folder: string,
  port: number,
  {
    wire = "memory",
    env = {},
    now,
    log,
    webFolder,
    tls,
  }: NetworkOptions & { readonly tls: Tls | null },
): Promise<NetworkNode> {
  if (wire === "http" && !/(^|\.)localhost$/.test(domain)) {
    throw new RangeError(`over http a domain is localhost or below it, which ${domain} is not`);
  }
  const lines: string[] = [];
  const start = async (listenOn: number): Promise<Started> => {
    const own = {
      KEYPEARS_DOMAIN: domain,
      KEYPEARS_DATA: folder,
      ...(wire === "memory" ? {} : { KEYPEARS_LISTEN: `127.0.0.1:${listenOn}` }),
      ...(tls === null ? {} : { KEYPEARS_TLS_CERT: tls.certFile, KEYPEARS_TLS_KEY: tls.keyFile }),
    };
    const context = await openContext(readConfig({ ...cheap, ...env, ...own }), {
      log: log ?? pino({ base: null }, { write: (line: string) => lines.push(line) }),
      ...(now === undefined ? {} : { now }),
    });
    return wire === "memory" ? inMemory(context) : overLoopback(context, webFolder, tls);
  };
  let started = await start(port);
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
    fetch: (request, { source = "127.0.0.1", ...init } = {}) => {
      const target = typeof request === "string" ? new URL(request, started.url) : request;
      return started.send(new Request(target, init), source);
    },
    close: () => started.stop(),
    restart: async () => {
      const { port: listened } = started;
      await started.stop();
      started = await start(listened);
    },
  };
}

function inMemory(context: OpenContext): Started {
  const answer = createServer(context);
  return {
    context,
    url: context.origin(),
    port: 0,
    send: (request, source) => {
      // A connection would say which host it was opened for.
      if (!request.headers.has("host")) request.headers.set("host", new URL(request.url).host);
      return answer(request, { source });
    },
    stop: () => context.close(),
  };
}

async function overLoopback(
  context: OpenContext,
  webFolder: string | undefined,
  tls: Tls | null,
): Promise<Started> {
  const running = await listen(context, webFolder === undefined ? {} : { webFolder });
  const { url, port, close } = running;
  return {
    context,
    url,
    port,
    send: (request) => sendOverLoopback(request, port, tls),
    stop: close,
  };
}

/** The names of tests are known to no machine; and `fetch` lets nobody say which host is meant. */
async function sendOverLoopback(
  request: Request,
  port: number,
  tls: Tls | null,
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
    tls === null
      ? connectPlainly(options)
      : connectSecurely({ ...options, ca: tls.ca, servername: hostname });
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
