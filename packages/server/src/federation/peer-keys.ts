/** The keys that other domains publish for their users, verified (spec/4.5), and kept for a minute. */
import { type PeerFault, contract } from "@keypears/api";
import {
  type Address,
  type CheckedRecord,
  type Hash,
  type PublishedKey,
  domainOf,
  equalBytes,
  publishedKeys,
  verifyChain,
} from "@keypears/protocol";
import type { Cause } from "../net/outbound.ts";
import { callPeer } from "./client.ts";
import type { Discovery } from "./discover.ts";

/** How long what a domain publishes counts as new, in milliseconds. */
const MAX_AGE = 60_000;
/** Chains that are kept: about a kilobyte per key set. */
const MOST_CHAINS = 2_000;
/** The most pages of one chain, of a hundred records each. */
const MOST_PAGES = 10;

/** What a domain publishes for an address, or why that is not known. */
export type PeerChain =
  | { readonly ok: true; readonly keys: readonly PublishedKey[] }
  | {
      readonly ok: false;
      readonly kind: "fault";
      readonly fault: PeerFault;
      readonly retryAfter?: number;
    }
  /** The domain answers, and what it says is no chain of this address. */
  | { readonly ok: false; readonly kind: "none"; readonly reason: "no_such_user" | "chain" };

interface Known {
  readonly records: readonly CheckedRecord[];
  readonly keys: readonly PublishedKey[];
  readonly at: number;
}

export class PeerKeys {
  readonly #discovery: Discovery;
  readonly #now: () => number;
  readonly #chains = new Map<Address, Known>();
  readonly #asking = new Map<string, Promise<PeerChain>>();

  constructor(options: { readonly discovery: Discovery; readonly now: () => number }) {
    this.#discovery = options.discovery;
    this.#now = options.now;
  }

  /**
   * The chain of an address. `newest` is what its server has just said is the newest record: what is kept counts where it
   * ends with that, and is asked for again where it does not.
   */
  async of(
    address: Address,
    options: { readonly cause: Cause; readonly newest?: { readonly hash: Hash } },
  ): Promise<PeerChain> {
    const { cause, newest } = options;
    const known = this.#chains.get(address);
    if (known !== undefined) {
      const last = known.records.at(-1);
      const counts =
        newest === undefined
          ? Math.abs(this.#now() - known.at) <= MAX_AGE
          : last !== undefined && equalBytes(last.hash, newest.hash);
      if (counts) {
        this.#keep(address, known);
        return { ok: true, keys: known.keys };
      }
    }
    const name = `${cause} ${address}`;
    const under = this.#asking.get(name);
    if (under !== undefined) return under;
    const asking = this.#ask(address, cause).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
    return asking;
  }

  async #ask(address: Address, cause: Cause): Promise<PeerChain> {
    const records: CheckedRecord[] = [];
    let from = 1;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const answer = await callPeer(
        { discovery: this.#discovery },
        domainOf(address),
        contract.keys.listRecords,
        { address, from },
        { cause },
      );
      if (!answer.ok) {
        if (answer.kind === "fault") return answer;
        return { ok: false, kind: "none", reason: "no_such_user" };
      }
      const page = await verifyChain(address, answer.output.records, records.at(-1));
      if (!page.ok) break;
      records.push(...page.records);
      const { next } = answer.output;
      if (next === null) {
        const known = { records, keys: publishedKeys(records), at: this.#now() };
        this.#keep(address, known);
        return { ok: true, keys: known.keys };
      }
      from = next;
    }
    return { ok: false, kind: "none", reason: "chain" };
  }

  /** Taken out and put back, so that what was not used the longest is the first to go. */
  #keep(address: Address, known: Known): void {
    this.#chains.delete(address);
    this.#chains.set(address, known);
    if (this.#chains.size <= MOST_CHAINS) return;
    const [oldest] = this.#chains.keys();
    if (oldest !== undefined) this.#chains.delete(oldest);
  }
}
