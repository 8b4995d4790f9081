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

/** All the time that there was is over. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** Where names of development are, instead of what name servers say. */
export interface ProbeReach {
  readonly places: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Certificates in PEM form that are trusted for `places` instead of the machine's; null for the machine's. */
  readonly ca: string | null;
  /** For tests: name servers, in place of the machine's. */
  readonly dnsServers?: readonly string[] | undefined;
}

/**
 * Why a question to name servers has no answer: they were late, they said that they fail, or the machine's own could not be
 * asked. That there is no such name, or no such record, is an answer.
 */
export type DnsFault = "late" | "failed" | "unasked";

/** Where a host is. */
export interface Resolved {
  readonly addresses: readonly string[];
  readonly port: number;
  /** What became of the worse of the two questions, for A and for AAAA; null where both were answered. */
  readonly fault: DnsFault | null;
  /** Whether there is such a name, with whatever records. */
  readonly exists: boolean;
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
  | { readonly ok: false; readonly why: "late" | "refused" | "no way" | "nothing there" }
  /** There is a connection, and by it no handshake. */
  | { readonly ok: false; readonly why: "no tls"; readonly late: boolean };

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
  /** When the time is over, on the clock of `performance.now()`. */
  readonly #until: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** How long the names took that nothing has been asked of yet, in milliseconds. */
  readonly #resolving = new Map<string, number>();

  constructor(reach: ProbeReach, until: number) {
    this.#reach = reach;
    this.#until = until;
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
    if (place !== undefined) {
      return { addresses: [place.host], port: place.port, fault: null, exists: true };
    }
    this.#assertTime();
    const begun = performance.now();
    const resolver = new Resolver(DNS);
    if (this.#reach.dnsServers !== undefined) resolver.setServers(this.#reach.dnsServers);
    const end = this.#within(PATIENCE, () => resolver.cancel());
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    end();
    this.#assertTime();
    this.#resolving.set(host, performance.now() - begun);
    const addresses = answers.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    const codes = answers.flatMap((one) => (one.status === "rejected" ? [codeOf(one.reason)] : []));
    const faults = codes.map(dnsFaultOf);
    const fault = (["unasked", "failed", "late"] as const).find((one) => faults.includes(one));
    return { addresses, port: 443, fault: fault ?? null, exists: !codes.includes("ENOTFOUND") };
  }

  /** Looks at the certificate that a host shows at one of its addresses. */
  async shakeHands(host: string, address: string, port: number): Promise<Handshake> {
    this.#assertTime();
    return new Promise((resolve, reject) => {
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
      const finish = (result: Handshake): void => {
        end();
        socket.destroy();
        resolve(result);
      };
      const fail = (why: "late" | "refused" | "no way" | "nothing there"): void =>
        finish(connected ? { ok: false, why: "no tls", late: why === "late" } : { ok: false, why });
      const end = this.#within(
        PATIENCE,
        () => fail("late"),
        (error) => {
          socket.destroy();
          reject(error);
        },
      );
      socket.once("connect", () => {
        connected = true;
      });
      socket.on("error", (error) => fail(connectFaults[codeOf(error)] ?? "refused"));
      socket.once("secureConnect", () => {
        const certificate = socket.getPeerCertificate();
        const chain = socket.authorizationError;
        finish({
          ok: true,
          certificate,
          nameFault: checkServerIdentity(host, certificate)?.message ?? null,
          // An error, or its code alone.
          chainFault: socket.authorized ? null : codeOf(chain) || String(chain),
        });
      });
    });
  }

  /**
   * One request at an address, over TLS that is verified like a server's. It follows no redirect. The first one of a host
   * has what the look-up of its name has left of the time, as a server's request does.
   */
  async ask(
    at: { readonly host: string; readonly address: string; readonly port: number },
    request: {
      readonly path: string;
      readonly body?: string;
      readonly mostBytes: number;
      /** For what takes longer than one server waits for another. */
      readonly patience?: number;
    },
  ): Promise<Seen> {
    this.#assertTime();
    const { host, address, port } = at;
    const { path, body, mostBytes, patience = PATIENCE } = request;
    const resolving = this.#resolving.get(host) ?? 0;
    this.#resolving.delete(host);
    return new Promise((resolve, reject) => {
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
      const finish = (seen: Seen): void => {
        end();
        resolve(seen);
      };
      const end = this.#within(
        patience - resolving,
        () => {
          finish({ ok: false, fault: "late" });
          outgoing.destroy();
        },
        (error) => {
          reject(error);
          outgoing.destroy();
        },
      );
      outgoing.on("error", () => finish({ ok: false, fault: "broken" }));
      outgoing.once("response", (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= mostBytes) return;
          finish({ ok: false, fault: "large" });
          outgoing.destroy();
        });
        incoming.on("error", () => finish({ ok: false, fault: "broken" }));
        incoming.once("end", () => {
          const milliseconds = performance.now() - begun;
          const { statusCode: status = 0, headers } = incoming;
          finish({ ok: true, status, headers, body: Buffer.concat(chunks), milliseconds });
        });
      });
      outgoing.end(body);
    });
  }

  #assertTime(): void {
    if (performance.now() >= this.#until) throw new OutOfTime();
  }

  /** Calls `late` after so many milliseconds, or `over` where all the time is over before that. Gives how to end it. */
  #within(patience: number, late: () => void, over: (error: OutOfTime) => void = late): () => void {
    const left = this.#until - performance.now();
    const timer = setTimeout(
      () => (left < patience ? over(new OutOfTime()) : late()),
      // Rounded up: whoever asks afterwards finds the time over.
      Math.max(0, Math.ceil(Math.min(left, patience))),
    );
    return () => clearTimeout(timer);
  }

  #trust(host: string): { ca?: string } {
    const { ca } = this.#reach;
    return ca !== null && this.isPlaced(host) ? { ca } : {};
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const connectFaults: Readonly<Record<string, "no way" | "nothing there">> = {
  // This machine has no address of that family, or no route.
  ENETUNREACH: "no way",
  EADDRNOTAVAIL: "no way",
  EAFNOSUPPORT: "no way",
  EHOSTUNREACH: "nothing there",
};

function dnsFaultOf(code: string): DnsFault | null {
  switch (code) {
    case "ENODATA":
    case "ENOTFOUND":
      return null;
    case "ETIMEOUT":
    case "ECANCELLED":
      return "late";
    case "ECONNREFUSED":
      return "unasked";
    default:
      return "failed";
  }
}
