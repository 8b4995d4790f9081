/**
 * What `keypears doctor` looks with: another host's names, certificate and answers in more detail than the door tells. For
 * the command alone, on the machine and the account of whoever runs it; a server makes no request with it (spec/9.3).
 */
import { Resolver } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as startRequest } from "node:https";
import { type PeerCertificate, checkServerIdentity, connect as connectTls } from "node:tls";

/** How long one step may take, in milliseconds: as long as a server waits for another one. */
const PATIENCE = 5_000;
const DNS = { timeout: 1_500, tries: 2 };

/** Where names of development are, instead of what name servers say. */
export interface ProbeReach {
  readonly places: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Certificates in PEM form that are trusted for `places` instead of the machine's; null for the machine's. */
  readonly ca: string | null;
  /** For tests: name servers, in place of the machine's. */
  readonly dnsServers?: readonly string[] | undefined;
}

/** Where a host is. */
export interface Resolved {
  readonly addresses: readonly string[];
  readonly port: number;
  /** The name server did not answer in time. */
  readonly late: boolean;
}

/** What a handshake showed, whether or not the certificate is any good. */
export type Handshake =
  | {
      readonly ok: true;
      readonly certificate: PeerCertificate;
      /** Why the certificate is not for the name; null where it is. */
      readonly nameFault: string | null;
      /** OpenSSL's word for what is wrong with the chain or its dates; null for nothing. */
      readonly chainFault: string | null;
    }
  | { readonly ok: false; readonly at: "connect" | "tls"; readonly late: boolean };

/** An answer, or why there is none. */
export type Seen =
  | {
      readonly ok: true;
      readonly status: number;
      readonly headers: IncomingMessage["headers"];
      readonly body: Buffer;
      /** From the request to the last byte of the answer, in milliseconds. */
      readonly milliseconds: number;
    }
  | { readonly ok: false; readonly fault: "late" | "broken" | "large" };

export class Probe {
  readonly #reach: ProbeReach;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(reach: ProbeReach) {
    this.#reach = reach;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Whether the settings for development say where the host is. */
  isPlaced(host: string): boolean {
    return this.#reach.places.has(host);
  }

  async resolve(host: string): Promise<Resolved> {
    const place = this.#reach.places.get(host);
    if (place !== undefined) return { addresses: [place.host], port: place.port, late: false };
    const resolver = new Resolver(DNS);
    if (this.#reach.dnsServers !== undefined) resolver.setServers(this.#reach.dnsServers);
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return {
      addresses: answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : [])),
      port: 443,
      late: answers.some(
        (answer) => answer.status === "rejected" && codeOf(answer.reason) === "ETIMEOUT",
      ),
    };
  }

  /** Looks at the certificate that a host shows at one of its addresses. */
  shakeHands(host: string, address: string, port: number): Promise<Handshake> {
    return new Promise((resolve) => {
      const socket = connectTls({
        host: address,
        port,
        servername: host,
        // It is judged below, in more words than a refusal would have; nothing is sent here.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ...this.#trust(host),
      });
      let connected = false;
      const end = (result: Handshake): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(result);
      };
      const fail = (late: boolean): void =>
        end({ ok: false, at: connected ? "tls" : "connect", late });
      const timer = setTimeout(() => fail(true), PATIENCE);
      socket.once("connect", () => {
        connected = true;
      });
      socket.on("error", () => fail(false));
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerCertificate();
        const chain = socket.authorizationError;
        end({
          ok: true,
          certificate,
          nameFault: checkServerIdentity(host, certificate)?.message ?? null,
          // An error, or its code alone.
          chainFault: socket.authorized ? null : codeOf(chain) || String(chain),
        });
      });
    });
  }

  /** One request at an address, over TLS that is verified like a server's. It follows no redirect. */
  ask(
    at: { readonly host: string; readonly address: string; readonly port: number },
    request: { readonly path: string; readonly body?: string; readonly mostBytes: number },
  ): Promise<Seen> {
    const { host, address, port } = at;
    const { path, body, mostBytes } = request;
    return new Promise((resolve) => {
      const begun = performance.now();
      const outgoing = startRequest({
        host: address,
        port,
        servername: host,
        method: body === undefined ? "GET" : "POST",
        path,
        headers: {
          host,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        agent: this.#agent,
        ...this.#trust(host),
      });
      const end = (seen: Seen): void => {
        clearTimeout(timer);
        resolve(seen);
      };
      const timer = setTimeout(() => {
        end({ ok: false, fault: "late" });
        outgoing.destroy();
      }, PATIENCE);
      outgoing.on("error", () => end({ ok: false, fault: "broken" }));
      outgoing.once("response", (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= mostBytes) return;
          end({ ok: false, fault: "large" });
          outgoing.destroy();
        });
        incoming.on("error", () => end({ ok: false, fault: "broken" }));
        incoming.once("end", () => {
          const milliseconds = performance.now() - begun;
          const { statusCode: status = 0, headers } = incoming;
          end({ ok: true, status, headers, body: Buffer.concat(chunks), milliseconds });
        });
      });
      outgoing.end(body);
    });
  }

  #trust(host: string): { ca?: string } {
    const { ca } = this.#reach;
    return ca !== null && this.isPlaced(host) ? { ca } : {};
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
