/** For which domains this server acts (spec/9.1): its own, while the domain's file does not name another server. */
import type { PeerFault } from "@keypears/api";
import type { Domain } from "@keypears/protocol";
import type { Config } from "../config.ts";
import type { Outbound } from "../net/outbound.ts";
import { fetchWellKnown } from "./discover-file.ts";

/** How long a file that cannot be fetched is no evidence, in milliseconds. */
const GRACE = 24 * 60 * 60_000;

/** Keeps, across restarts, when a domain's file last named this server: in milliseconds, 0 once it names another one. */
export interface OwnDomainsStore {
  /** Null where nothing is kept. */
  read(domain: Domain): Promise<number | null>;
  write(domain: Domain, namedAt: number): Promise<void>;
}

/** Keeps it as long as the process lives. */
export function inMemory(): OwnDomainsStore {
  const kept = new Map<Domain, number>();
  return {
    read: async (domain) => kept.get(domain) ?? null,
    write: async (domain, namedAt) => void kept.set(domain, namedAt),
  };
}

/**
 * Whether the own domain is acted for, and where that is not as it should be, why: its file names another server, or cannot
 * be fetched; `left` milliseconds after which that ends the acting.
 */
export type Standing =
  | { readonly acts: boolean; readonly why?: undefined }
  | { readonly acts: false; readonly why: "elsewhere" }
  | {
      readonly acts: boolean;
      readonly why: "unreachable";
      readonly fault: PeerFault;
      readonly left: number;
    };

/** The file names another server: not this one, whatever cannot be fetched from now on. */
const ELSEWHERE = 0;

export class OwnDomains {
  readonly #config: Pick<Config, "domain" | "apiDomain">;
  readonly #outbound: Outbound | null;
  readonly #now: () => number;
  readonly #store: OwnDomainsStore;
  #acts = true;

  constructor(options: {
    readonly config: Pick<Config, "domain" | "apiDomain">;
    /** Null where this server reaches nobody: then it always acts. */
    readonly outbound: Outbound | null;
    readonly now: () => number;
    readonly store?: OwnDomainsStore;
  }) {
    this.#config = options.config;
    this.#outbound = options.outbound;
    this.#now = options.now;
    this.#store = options.store ?? inMemory();
  }

  /** Whether this server acts for a domain, as far as is known now. */
  actsFor(domain: Domain): boolean {
    return domain === this.#config.domain && this.#acts;
  }

  /** Reads what was known before a restart. */
  async open(): Promise<void> {
    if (this.#outbound === null) return;
    this.#acts = this.#judge(await this.#store.read(this.#config.domain));
  }

  /** Fetches the domain's file as everybody else does, and gives what that means for the domain. */
  async refresh(): Promise<Standing> {
    if (this.#outbound === null) return { acts: true };
    const { domain, apiDomain } = this.#config;
    const fetched = await fetchWellKnown(this.#outbound, domain, "user");
    let namedAt = await this.#store.read(domain);
    // Where nothing is known yet, the day begins now.
    if (fetched.ok || namedAt === null) {
      const names = !fetched.ok || fetched.file.apiDomain === apiDomain;
      namedAt = names ? this.#now() : ELSEWHERE;
      await this.#store.write(domain, namedAt);
    }
    this.#acts = this.#judge(namedAt);
    if (namedAt === ELSEWHERE) return { acts: false, why: "elsewhere" };
    if (fetched.ok || domain === apiDomain) return { acts: this.#acts };
    const left = Math.max(0, namedAt + GRACE - this.#now());
    return { acts: this.#acts, why: "unreachable", fault: fetched.fault, left };
  }

  #judge(namedAt: number | null): boolean {
    if (namedAt === ELSEWHERE) return false;
    const { domain, apiDomain } = this.#config;
    // From behind a router at home, a server often cannot reach itself by its own name: that says nothing, ever.
    if (namedAt === null || domain === apiDomain) return true;
    return this.#now() - namedAt < GRACE;
  }
}
