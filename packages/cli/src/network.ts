/**
 * The command line's one way to the network: a `fetch` that reaches the names of development where the settings say they
 * are, gives up early, and knows at which hop it failed.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as requestPlainly,
} from "node:http";
import { Agent as SecureAgent, request as requestSecurely } from "node:https";
import { type Socket, isIP } from "node:net";
import { Readable } from "node:stream";
import type { PeerFault } from "@keypears/client";
import { type Reach, isOfDevelopment } from "./reach.ts";

/** How long a connection may take to come about, the name and TLS included, in milliseconds. */
const CONNECTING = 4_000;

/** Why there is no answer, or no whole one. */
class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly hop: PeerFault;

  constructor(hop: PeerFault, cause?: unknown) {
    super(`no answer: ${hop}`, cause === undefined ? {} : { cause });
    this.hop = hop;
  }
}

/** The hop of an error or of what caused it; null where none is known. */
export function hopOf(error: unknown): PeerFault | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof Unreachable) return one.hop;
  }
  return null;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class Network {
  readonly #reach: Reach;
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #secure = new SecureAgent({ keepAlive: true });

  constructor(reach: Reach) {
    this.#reach = reach;
    // The C library asks a name server that is silent for ten seconds, and no process ends while it does.
    process.env.RES_OPTIONS ??= "timeout:1 attempts:2";
  }

  /**
   * As the platform's `fetch`, for a body of text and without following anything. Rejects with `Unreachable`, or with the
   * signal's reason.
   */
  readonly fetch = async (
    url: string,
    { method = "GET", headers, body, signal }: RequestInit,
  ): Promise<Response> => {
    signal?.throwIfAborted();
    const target = new URL(url);
    const place = this.#place(target);
    const outgoing = this.#request(target, place, {
      method,
      headers: { ...Object.fromEntries(new Headers(headers)), host: target.host },
    });
    const stop = (): void => void outgoing.destroy(signal?.reason as Error);
    signal?.addEventListener("abort", stop, { once: true });
    const watch = new Watch(isIP(place.host) === 0 ? "dns" : "connect");
    try {
      const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.once("socket", (socket) => watch.follow(socket, target.protocol === "https:"));
        watch.onLate = () => outgoing.destroy(new Unreachable(watch.lateHop()));
        outgoing.once("response", resolve);
        // Not once: what a broken connection says after the first error has to go somewhere, too.
        outgoing.on("error", reject);
        outgoing.end(typeof body === "string" ? body : undefined);
      });
      incoming.once("close", () => signal?.removeEventListener("abort", stop));
      return toResponse(incoming);
    } catch (error) {
      signal?.removeEventListener("abort", stop);
      if (signal?.aborted) throw signal.reason;
      throw error instanceof Unreachable ? error : new Unreachable(watch.hopOf(error), error);
    } finally {
      watch.end();
    }
  };

  /** Whether the settings say where a name of development is. */
  places(name: string): boolean {
    return this.#reach.places.has(name);
  }

  /** Closes the connections that are kept for the next request. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  /** Where to connect to for a URL. */
  #place(target: URL): Place {
    const host = hostOf(target);
    const secure = target.protocol === "https:";
    const port = target.port === "" ? (secure ? 443 : 80) : Number(target.port);
    return (secure ? this.#reach.places.get(host) : undefined) ?? { host, port };
  }

  #request(target: URL, place: Place, { method, headers }: Sent): ClientRequest {
    const path = target.pathname + target.search;
    if (target.protocol === "http:") {
      return requestPlainly({ ...place, method, path, headers, agent: this.#plain });
    }
    const { ca } = this.#reach;
    return requestSecurely({
      ...place,
      // A certificate for an address is judged without a name.
      ...(isIP(hostOf(target)) === 0 ? { servername: target.hostname } : {}),
      ...(ca !== null && isOfDevelopment(target.hostname) ? { ca } : {}),
      ...{ method, path, headers, agent: this.#secure },
    });
  }
}

/** A host as sockets take it: IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function toResponse(incoming: IncomingMessage): Response {
  const { statusCode: status = 0 } = incoming;
  // A redirect would lead to another server than the one that was asked (spec/9.3).
  if (status < 200 || (status >= 300 && status < 400)) {
    incoming.destroy();
    throw new Unreachable("bad_answer");
  }
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const empty = status === 204 || status === 205;
  if (empty) incoming.resume();
  return new Response(empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>), {
    status,
    headers,
  });
}

/** How far a connection has come, and for how long it may take. */
class Watch {
  #stage: "dns" | "connect" | "tls" | "answer";
  #timer: NodeJS.Timeout | undefined;
  onLate: () => void = () => {};

  constructor(first: "dns" | "connect") {
    this.#stage = first;
  }

  follow(socket: Socket, secure: boolean): void {
    if (!socket.connecting) {
      this.#stage = "answer";
      return;
    }
    this.#timer = setTimeout(() => this.onLate(), CONNECTING);
    const connected = (): void => {
      this.#stage = "answer";
      clearTimeout(this.#timer);
    };
    socket.once("lookup", (error: Error | null) => {
      if (error === null) this.#stage = "connect";
    });
    socket.once("connect", () => {
      if (secure) this.#stage = "tls";
      else connected();
    });
    socket.once("secureConnect", connected);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  lateHop(): PeerFault {
    return this.#stage === "dns" ? "dns" : "timeout";
  }

  hopOf(error: unknown): PeerFault {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code.startsWith("HPE_")) return "bad_answer";
    if (code === "ETIMEDOUT") return "timeout";
    // A peer that goes away is not there; what else a handshake ends by is a certificate or a cipher.
    if (this.#stage === "answer" || code === "ECONNRESET" || code === "EPIPE") return "connect";
    return this.#stage;
  }
}
