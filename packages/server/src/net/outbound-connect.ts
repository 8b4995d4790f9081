/** How a connection comes about: a name becomes addresses, those that may be asked are dialled, and nothing else is (spec/9.3). */
import { Resolver } from "node:dns/promises";
import { type Socket, connect as connectSocket, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import type { PeerFault } from "@keypears/api";
import { isPublicAddress, isPublicName } from "./addresses.ts";
import type { Reach } from "./outbound.ts";

/** Why there is no connection. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly fault: PeerFault;

  constructor(fault: PeerFault) {
    super(fault);
    this.fault = fault;
  }
}

/** Where a host is, and which of it may be connected to. */
export interface Places {
  /** Whether a name can be asked for at all. */
  knows(host: string): boolean;
  /** The addresses of a host that may be connected to, never none; throws Unreachable. */
  find(host: string): Promise<{ readonly addresses: readonly string[]; readonly port: number }>;
  /** Whether a connection to this address may be used. */
  allows(address: string): boolean;
  /** Certificates in PEM form that are trusted instead of the machine's; null for the machine's. */
  readonly ca: string | null;
}

/** How long one question to a name server waits for an answer, in milliseconds, and how often it is asked. */
const DNS = { timeout: 1_500, tries: 2 };
/** The most addresses of one family that are dialled: a name with a thousand of them is no reason to dial a thousand. */
const MOST_ADDRESSES = 2;
/** How long one address is tried before the next one is, in milliseconds. */
const NEXT_ADDRESS = 300;

/** Makes the places of a reach. `dnsServers`: asked instead of the machine's, for tests. */
export function makePlaces(
  reach: Exclude<Reach, { readonly kind: "nowhere" }>,
  dnsServers?: readonly string[],
): Places {
  if (reach.kind === "hosts") return mappedPlaces(reach);
  const resolver = new Resolver(DNS);
  if (dnsServers !== undefined) resolver.setServers(dnsServers);
  return {
    knows: isPublicName,
    find: async (host) => ({ addresses: await lookUp(resolver, host), port: 443 }),
    allows: isPublicAddress,
    ca: null,
  };
}

function mappedPlaces({ hosts, ca }: Extract<Reach, { readonly kind: "hosts" }>): Places {
  const places = new Map<string, { readonly host: string; readonly port: number }>(hosts);
  return {
    knows: (host) => places.has(host),
    find: async (host) => {
      const place = places.get(host);
      if (place === undefined) throw new Unreachable("dns");
      return { addresses: [place.host], port: place.port };
    },
    allows: () => true,
    ca,
  };
}

/** Asks the name servers ourselves: the system's resolver knows hosts files, search lists, and numbers that are addresses. */
async function lookUp(resolver: Resolver, host: string): Promise<readonly string[]> {
  const answers = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
  const found = answers.map((answer) => (answer.status === "fulfilled" ? answer.value : []));
  if (found.flat().length === 0) {
    const late = answers.some(
      (answer) => answer.status === "rejected" && codeOf(answer.reason) === "ETIMEOUT",
    );
    throw new Unreachable(late ? "timeout" : "dns");
  }
  const allowed = found.flatMap((addresses) =>
    addresses.filter(isPublicAddress).slice(0, MOST_ADDRESSES),
  );
  if (allowed.length === 0) throw new Unreachable("address");
  return allowed;
}

/**
 * Connects to a host and is sure of who it is; throws Unreachable. The address that the socket is connected to is looked at
 * before a byte is sent: whatever was resolved, it is what counts.
 */
export async function connect(places: Places, host: string, signal: AbortSignal): Promise<Socket> {
  const { addresses, port } = await places.find(host);
  if (signal.aborted) throw new Unreachable("timeout");
  const plain = await dial(addresses, port, signal);
  if (!places.allows(plain.remoteAddress ?? "")) {
    plain.destroy();
    throw new Unreachable("address");
  }
  return secure(plain, host, places.ca, signal);
}

function dial(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const socket = connectSocket({
    // A name, so that the list below is what is dialled; nothing is ever looked up.
    host: "peer.invalid",
    port,
    lookup: (_, { all: wantsAll }, answer) => {
      if (wantsAll === true) answer(null, all);
      else answer(null, all[0]?.address ?? "", all[0]?.family);
    },
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS,
    noDelay: true,
    keepAlive: true,
  });
  return settled(socket, "connect", signal, () => "connect");
}

function secure(
  plain: Socket,
  host: string,
  ca: string | null,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connectTls({
    socket: plain,
    servername: host,
    ALPNProtocols: ["http/1.1"],
    // Said, since a variable of the environment could say otherwise.
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    ...(ca === null ? {} : { ca }),
  });
  return settled(socket, "secureConnect", signal, faultOfHandshake);
}

/** A peer that goes away, or says that it cannot talk, is not there; everything else is a certificate or a cipher. */
function faultOfHandshake(error: Error): PeerFault {
  return ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(codeOf(error)) ? "connect" : "tls";
}

/** Waits for a socket's event; a socket that fails, or whose time is over, is gone. */
function settled<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
  faultOf: (error: Error) => PeerFault,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const end = (error: Unreachable | null): void => {
      signal.removeEventListener("abort", abort);
      socket.off(event, done).off("error", fail).off("close", close);
      if (error === null) return resolve(socket);
      // What it still has to say is of no interest.
      socket.on("error", () => {}).destroy();
      reject(error);
    };
    const abort = (): void => end(new Unreachable("timeout"));
    const done = (): void => end(null);
    const fail = (error: Error): void => end(new Unreachable(faultOf(error)));
    const close = (): void => end(new Unreachable("connect"));
    signal.addEventListener("abort", abort);
    socket.on(event, done).on("error", fail).on("close", close);
    if (signal.aborted) abort();
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
