/** The one door by which a server asks anything of another one (spec/9.3). */
import type { PeerFault } from "@keypears/api";
import type { Bytes, Domain } from "@keypears/protocol";

/**
 * On whose account a request is made (spec/9.3): `unverified`, a call that has proved nothing yet; `user`, a signed-in user
 * of this server; `delivery`, a message that is on its way.
 */
export type Cause = "unverified" | "user" | "delivery";

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

/** Opens the door, or none where a server reaches nobody. */
export function createOutbound(options: {
  readonly reach: Reach;
  readonly limits: boolean;
  readonly now: () => number;
}): Outbound | null {
  void options;
  return null;
}
