/** The one door by which a server asks anything of another one (spec/9.3). */
import type { PeerFault } from "@keypears/api";
import type { Bytes, Domain } from "@keypears/protocol";
import { Budget, type Outcome, Totals } from "./outbound-budget.ts";
import { type Places, makePlaces } from "./outbound-connect.ts";
import { Connection } from "./outbound-exchange.ts";

/**
 * On whose account a request is made (spec/9.3): `unverified`, a call that has proved nothing yet; `user`, a signed-in user
 * of this server; `delivery`, a message that is on its way to the host; `arrival`, one that the host has announced.
 */
export type Cause = "unverified" | "user" | "delivery" | "arrival";

/** One request: always HTTPS, always port 443. */
export interface OutboundRequest {
  readonly host: Domain;
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  /** The JSON body of a POST. */
  readonly body?: string;
  /** The largest answer that is read, in bytes. */
  readonly mostBytes: number;
  readonly cause: Cause;
}

/** What came of it. `retryAfter`, in milliseconds, comes with `busy` where it is known when to ask again. */
export type OutboundAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      readonly contentType: string;
      /** Seconds of a Retry-After header, where there is one. */
      readonly retryAfter: number | null;
      readonly body: Bytes;
    }
  | { readonly ok: false; readonly fault: PeerFault; readonly retryAfter?: number };

/** The door. It never throws for what a peer or a network does. */
export interface Outbound {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
  /** A delivery to or from this host has verified: what it may be asked grows. */
  noteVerified(host: Domain): void;
  /** The host has called us, which proves that it is there: the breaker closes. */
  noteContact(host: Domain): void;
  close(): Promise<void>;
}

/** How a server reaches others: the internet by names, or for development the places that a map names, or nobody. */
export type Reach =
  | { readonly kind: "internet" }
  | {
      readonly kind: "hosts";
      readonly hosts: ReadonlyMap<Domain, { readonly host: string; readonly port: number }>;
      /** Certificates in PEM form that are trusted there, instead of the machine's; null for the machine's. */
      readonly ca: string | null;
    }
  | { readonly kind: "nowhere" };

/** How long a request may take, in milliseconds, from the wait for its turn to the last byte of the answer. */
const MOST_TIME = 5_000;
/** Of that, how long it may wait: whoever has a turn has time to use it. */
const MOST_WAIT = 4_000;
/** The most hosts of which something is known, and the most connections that are kept though nobody uses them. */
const MOST_HOSTS = 10_000;
const MOST_IDLE = 256;

/** Opens the door, or none where a server reaches nobody. */
export function createOutbound(options: {
  readonly reach: Reach;
  readonly limits: boolean;
  readonly now: () => number;
  /** For tests: name servers, in place of the machine's. */
  readonly dnsServers?: readonly string[];
}): Outbound | null {
  const { reach, dnsServers } = options;
  return reach.kind === "nowhere"
    ? null
    : new Door({ ...options, places: makePlaces(reach, dnsServers) });
}

/** What is known of a host. */
interface Host {
  readonly budget: Budget;
  /** Connections that carry nothing just now, the one used last at the end. */
  readonly idle: Connection[];
}

export class Door implements Outbound {
  readonly #places: Places;
  readonly #totals: Totals;
  /** In the order of use. */
  readonly #hosts = new Map<string, Host>();
  readonly #idle = new Set<Connection>();
  readonly #busy = new Set<Connection>();
  #isClosed = false;

  constructor(options: {
    readonly places: Places;
    readonly limits: boolean;
    readonly now: () => number;
  }) {
    this.#places = options.places;
    this.#totals = new Totals(options);
  }

  async send(request: OutboundRequest): Promise<OutboundAnswer> {
    if (this.#isClosed) return { ok: false, fault: "connect" };
    // Before anything is counted or kept for it.
    if (!this.#places.knows(request.host)) return { ok: false, fault: "dns" };
    const [wait, time] = [new AbortController(), new AbortController()];
    const timers = [
      setTimeout(() => wait.abort(), MOST_WAIT),
      setTimeout(() => time.abort(), MOST_TIME),
    ];
    const started = this.#totals.now();
    try {
      const host = this.#host(request.host);
      const given = await host.budget.take(request.cause, wait.signal);
      if (!("turn" in given)) return { ok: false, fault: "busy", retryAfter: given.retryAfter };
      const waited = this.#totals.now() - started;
      const answer = await this.#exchange(host, request, time.signal);
      given.turn.end(judge(answer, waited));
      return answer;
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  noteVerified(host: Domain): void {
    if (this.#places.knows(host)) this.#host(host).budget.grow();
  }

  noteContact(host: Domain): void {
    this.#hosts.get(host)?.budget.closeBreaker();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { budget } of this.#hosts.values()) budget.dismiss(1_000);
    for (const connection of [...this.#idle, ...this.#busy]) connection.end();
  }

  async #exchange(
    host: Host,
    request: OutboundRequest,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const connection = host.idle.pop() ?? this.#open(host, request.host);
    this.#idle.delete(connection);
    this.#busy.add(connection);
    const answer = await connection.exchange(request, signal);
    this.#busy.delete(connection);
    if (!connection.isGone) this.#keep(host, connection);
    return answer;
  }

  #open(host: Host, name: string): Connection {
    const connection = new Connection(this.#places, name);
    connection.onGone = () => {
      this.#idle.delete(connection);
      const index = host.idle.indexOf(connection);
      if (index !== -1) host.idle.splice(index, 1);
    };
    return connection;
  }

  #keep(host: Host, connection: Connection): void {
    host.idle.push(connection);
    this.#idle.add(connection);
    if (this.#idle.size > MOST_IDLE) {
      const [oldest] = this.#idle;
      oldest?.end();
    }
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name) ?? { budget: new Budget(this.#totals), idle: [] };
    this.#hosts.delete(name);
    this.#hosts.set(name, host);
    if (this.#hosts.size > MOST_HOSTS) this.#forgetOne();
    return host;
  }

  /** The longest unused of those that nobody waits for. */
  #forgetOne(): void {
    for (const [name, { budget, idle }] of this.#hosts) {
      if (!budget.isIdle) continue;
      this.#hosts.delete(name);
      for (const connection of [...idle]) connection.end();
      return;
    }
  }
}

/**
 * What an answer says of its host: that it is not well, by a refused connection, no answer in time, or its own word. Where
 * the time went by in waiting for a turn, no answer says nothing: else whoever floods a host could close it for all others.
 */
function judge(answer: OutboundAnswer, waited: number): Outcome {
  if (answer.ok) return answer.status >= 500 ? "failed" : "answered";
  if (answer.fault === "timeout") return waited < MOST_TIME - MOST_WAIT ? "failed" : "unclear";
  return answer.fault === "connect" ? "failed" : "answered";
}
