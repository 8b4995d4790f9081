/** Listening: a server on a port, until it is closed. */
import { createServer as createHttpServer } from "node:http";
import { type Server as HttpsServer, createServer as createHttpsServer } from "node:https";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo, BlockList } from "node:net";
import { isIP, isIPv6 } from "node:net";
import { ApiError } from "@keypears/api";
import { getRequestListener } from "@hono/node-server";
import { type Config, type Tls, readTlsFiles } from "./config.ts";
import { type Log, type OpenContext, type Overrides, openContext } from "./context.ts";
import type { Echo, EchoOptions } from "./echo/echo.ts";
import { type Every, everyInterval } from "./events/stream.ts";
import { answerUnparsed } from "./http/unparsed.ts";
import { openWebApp } from "./http/web-app.ts";
import { startJobs } from "./jobs/timers.ts";
import { answerUnreadable, createServer } from "./server.ts";

/** How long a request may take to arrive, in milliseconds, and how often that is looked at: ten seconds in all. */
export const ARRIVAL = {
  requestTimeout: 9_000,
  headersTimeout: 9_000,
  connectionsCheckingInterval: 900,
};

/** How long a stop waits for what is under way, in milliseconds. */
const PATIENCE = 8_000;

/** What a test gives in place of the machine's own, and where the built web app is. */
export interface ServeOptions extends Overrides {
  /** The folder of the web app's build; where there is none, a front page takes its place. */
  readonly webFolder?: string;
  readonly echo?: EchoOverrides;
}

/** What a test gives to the echo account. */
export type EchoOverrides = Pick<EchoOptions, "allowance" | "clock" | "reached">;

export interface Running {
  /** Such as `http://localhost:3000`. */
  readonly url: string;
  /** Where it listens, whatever the origin says. */
  readonly port: number;
  /** Finishes what is under way and stops. */
  close(): Promise<void>;
}

/** Opens everything and listens; resolves once requests are answered. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Running> {
  return listen(await openContext(config, options), options);
}

/** Listens for what a context serves; from here on the context is closed with it, or where it cannot listen. */
export async function listen(
  context: OpenContext,
  { webFolder, echo: overrides }: Pick<ServeOptions, "webFolder" | "echo"> = {},
): Promise<Running> {
  const { config } = context;
  const answer = createServer(
    context,
    webFolder === undefined ? null : openWebApp(webFolder, config),
  );
  const answerNode = getRequestListener(
    (request, env) =>
      answer(request, {
        source: sourceOf((env as { incoming: IncomingMessage }).incoming, config.trustedProxies),
      }),
    {
      overrideGlobalObjects: false,
      errorHandler: () => answerUnreadable(context, new ApiError("invalid_input")),
    },
  );
  // It answers failures itself: its promise never rejects.
  const listener: RequestListener = (incoming, outgoing) => void answerNode(incoming, outgoing);
  const options = {
    ...ARRIVAL,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16_384,
    // Without one a request is unreadable, which we say ourselves.
    requireHostHeader: false,
  };
  const { tls } = config;
  const https = tls === null ? null : createHttpsServer({ ...options, ...pemOf(tls) }, listener);
  const http = (https ?? createHttpServer(options, listener)) as Server;
  answerUnparsed(http, (error) => answerUnreadable(context, error));
  try {
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen(config.listen.port, config.listen.host, resolve);
    });
  } catch (error) {
    await context.close();
    throw error;
  }
  const { port } = http.address() as AddressInfo;
  const url = config.origin ?? `${tls === null ? "http" : "https"}://${config.apiDomain}:${port}`;
  context.setOrigin(url);
  const stopJobs = startJobs(context);
  const stopRenewing =
    https === null || tls === null ? () => {} : renewTls(https, tls, context.log);
  await context.resume();
  context.log.info({ port }, "listening");
  const echo = await openEcho(context, answer, overrides);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    const echoed = echo?.close();
    context.events.endAll();
    stopRenewing();
    const resting = context.rest();
    http.closeIdleConnections();
    const patience = setTimeout(() => http.closeAllConnections(), PATIENCE);
    await closed;
    clearTimeout(patience);
    await echoed;
    await resting;
    await stopJobs();
    await context.close();
  };
  return { url, port, close: () => (closing ??= close()) };
}

/** Starts the echo account of a server, where it is to have one. */
export async function openEcho(
  { config, log, origin }: OpenContext,
  answer: ReturnType<typeof createServer>,
  overrides: EchoOverrides = {},
): Promise<Echo | null> {
  if (config.echo === null) return null;
  // Servers without one load no client.
  const { startEcho } = await import("./echo/echo.ts");
  return startEcho({
    ...overrides,
    ...{ address: config.echo, dataFolder: config.dataFolder, origin: origin(), log },
    answer: (request) => answer(request, { source: "echo", isOwn: true }),
  });
}

/** How often the TLS files are looked at, in milliseconds. */
const RENEWAL = 60_000;

const pemOf = ({ cert, key }: Tls) => ({ cert, key });

/**
 * Takes a renewed certificate up while the server runs: connections that are open keep the one they have. Files that cannot
 * be used, half of them replaced for example, are said to be so, and the certificate stays.
 */
export function renewTls(
  https: Pick<HttpsServer, "setSecureContext">,
  tls: Tls,
  log: Log,
  every: Every = everyInterval,
): () => void {
  let used = tls;
  let said = "";
  return every(RENEWAL, () => {
    const read = readTlsFiles(tls.files);
    if (!read.ok) {
      if (read.sentence !== said) log.warn({}, read.sentence);
      said = read.sentence;
      return;
    }
    said = "";
    if (read.tls.cert === used.cert && read.tls.key === used.key) return;
    used = read.tls;
    https.setSecureContext(pemOf(used));
    log.info({}, "a renewed certificate is used from now on");
  });
}

/** The caller's address: what a trusted proxy forwards, the last hop that is none of ours; else the connection's own. */
function sourceOf(incoming: IncomingMessage, proxies: BlockList | null): string {
  let source = plain(incoming.socket.remoteAddress ?? "");
  if (proxies === null) return source;
  const header = incoming.headers["x-forwarded-for"];
  const hops = (Array.isArray(header) ? header.join(",") : (header ?? ""))
    .split(",")
    .map((hop) => hop.trim());
  while (hops.length > 0 && proxies.check(source, isIPv6(source) ? "ipv6" : "ipv4")) {
    const hop = plain(hops.pop() ?? "");
    if (isIP(hop) === 0) break;
    source = hop;
  }
  return source;
}

/** Without the zone of a link, and an IPv4 address as one. */
function plain(address: string): string {
  return address.replace(/%.*$/, "").replace(/^::ffff:(?=[0-9.]+$)/i, "");
}
