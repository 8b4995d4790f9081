/** Who serves a domain (spec/9.1): its keypears.json, and the word of the host that the file names. */
import type { PeerFault } from "@keypears/api";
import type { Domain } from "@keypears/protocol";
import type { Cause, Outbound } from "../net/outbound.ts";

/** A domain and the host that serves it. */
export interface Peer {
  readonly domain: Domain;
  readonly apiDomain: Domain;
}

export type Discovered =
  | { readonly ok: true; readonly peer: Peer }
  | { readonly ok: false; readonly fault: PeerFault; readonly retryAfter?: number };

export class Discovery {
  readonly outbound: Outbound;

  constructor(options: { readonly outbound: Outbound; readonly now: () => number }) {
    this.outbound = options.outbound;
  }

  /**
   * Who serves `domain`. What is known is kept for a minute, a failure too; with `again` a failure is not taken from what is
   * kept, for a delivery whose own pauses are long enough.
   */
  async find(
    domain: Domain,
    options: { readonly cause: Cause; readonly again?: boolean },
  ): Promise<Discovered> {
    void domain;
    void options;
    return { ok: false, fault: "dns" };
  }

  /** The host has answered that it does not act for the domain: what was known of it is asked for again. */
  forget(domain: Domain): void {
    void domain;
  }
}
