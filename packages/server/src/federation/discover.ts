/** Who serves a domain (spec/9.1): its keypears.json, and the word of the host that the file names. */
import { type PeerFault, peerContract } from "@keypears/api";
import type { Domain } from "@keypears/protocol";
import * as z from "zod";
import type { Cause, Outbound, OutboundAnswer } from "../net/outbound.ts";
import { fetchWellKnown, parseJson } from "./discover-file.ts";
import { Kept } from "./discover-kept.ts";

/** How long an answer is kept, a failure too, in milliseconds. */
const ANSWER_AGE = 60_000;
/** How long the word of a host counts: that it serves a domain, and that it does not. */
const CONFIRMATION_AGE = 60 * 60_000;
const DENIAL_AGE = 10 * 60_000;
/** The most domains of which something is kept. */
const MOST_DOMAINS = 10_000;
/** The largest word of a host that is read, in bytes. */
const WORD_BYTES = 4_096;

/** A domain and the host that serves it. */
export interface Peer {
  readonly domain: Domain;
  readonly apiDomain: Domain;
}

export type Discovered =
  | { readonly ok: true; readonly peer: Peer }
  | { readonly ok: false; readonly fault: PeerFault; readonly retryAfter?: number };

interface Asking {
  readonly cause: Cause;
  readonly answer: Promise<Discovered>;
}

export class Discovery {
  readonly outbound: Outbound;
  readonly #answers: Kept<Discovered>;
  /** Which host has confirmed that it serves a domain. */
  readonly #confirmed: Kept<Domain>;
  /** Which host has denied it: by domain and host, since a domain can name another one. */
  readonly #denied: Kept<true>;
  /** What is being asked: whoever comes meanwhile waits for the same. */
  readonly #asking = new Map<Domain, Asking>();

  constructor({ outbound, now }: { readonly outbound: Outbound; readonly now: () => number }) {
    this.outbound = outbound;
    this.#answers = new Kept({ most: MOST_DOMAINS, now });
    this.#confirmed = new Kept({ most: MOST_DOMAINS, now });
    this.#denied = new Kept({ most: MOST_DOMAINS, now });
  }

  /**
   * Who serves `domain`. What is known is kept for a minute, a failure too; with `again` a failure is not taken from what is
   * kept, for a delivery whose own pauses are long enough.
   */
  async find(
    domain: Domain,
    { cause, again = false }: { readonly cause: Cause; readonly again?: boolean },
  ): Promise<Discovered> {
    const kept = this.#answers.get(domain);
    if (kept !== undefined && (kept.ok || !again)) return kept;
    const asking = this.#asking.get(domain);
    if (asking !== undefined && mayJoin(cause, asking.cause)) return asking.answer;
    const mine = { cause, answer: this.#ask(domain, cause) };
    this.#asking.set(domain, mine);
    try {
      return await mine.answer;
    } finally {
      if (this.#asking.get(domain) === mine) this.#asking.delete(domain);
    }
  }

  /** The host has answered that it does not act for the domain: what was known of it is asked for again. */
  forget(domain: Domain): void {
    this.#answers.delete(domain);
    this.#confirmed.delete(domain);
  }

  async #ask(domain: Domain, cause: Cause): Promise<Discovered> {
    const fetched = await fetchWellKnown(this.outbound, domain, cause);
    if (!fetched.ok) {
      const { isUnasked, ...failure } = fetched;
      return this.#keep(domain, failure, isUnasked);
    }
    const { apiDomain } = fetched.file;
    const found: Discovered = { ok: true, peer: { domain, apiDomain } };
    if (apiDomain === domain || this.#confirmed.get(domain) === apiDomain) {
      return this.#keep(domain, found);
    }
    this.#confirmed.delete(domain);
    const pair = `${domain} ${apiDomain}`;
    const denial: Discovered = { ok: false, fault: "not_served" };
    if (this.#denied.get(pair) === true) return this.#keep(domain, denial);
    const word = await this.#askHost(domain, apiDomain, cause);
    if (word === "serves") {
      this.#confirmed.set(domain, apiDomain, CONFIRMATION_AGE);
      return this.#keep(domain, found);
    }
    if (word === "denies") {
      this.#denied.set(pair, true, DENIAL_AGE);
      return this.#keep(domain, denial);
    }
    const { isUnasked, ...failure } = word;
    return this.#keep(domain, failure, isUnasked);
  }

  /** Keeps an answer, unless nobody was asked for it. */
  #keep(domain: Domain, answer: Discovered, isUnasked = false): Discovered {
    if (!isUnasked) this.#answers.set(domain, answer, ANSWER_AGE);
    return answer;
  }

  /** Whether a host says that it serves a domain. Whatever is no yes is a no, unless the host says nothing. */
  async #askHost(
    domain: Domain,
    host: Domain,
    cause: Cause,
  ): Promise<
    "serves" | "denies" | { ok: false; fault: PeerFault; retryAfter?: number; isUnasked: boolean }
  > {
    const { serves } = peerContract.federation;
    const answer = await this.outbound.send({
      host,
      method: serves.method,
      path: `/api/v1${serves.path.replace("{domain}", domain)}`,
      mostBytes: WORD_BYTES,
      cause,
    });
    if (!answer.ok) {
      return answer.fault === "bad_answer"
        ? "denies"
        : { ...answer, isUnasked: answer.fault === "busy" };
    }
    const { status } = answer;
    if (status === 429)
      return { ok: false, fault: "busy", ...retryAfterOf(answer), isUnasked: false };
    if (status >= 500) return { ok: false, fault: "server_error", isUnasked: false };
    const isYes =
      status === 200 && z.safeDecode(serves.output, parseJson(answer.body) as never).success;
    return isYes ? "serves" : "denies";
  }
}

/**
 * Whether the answer that one call waits for is one for another, too. What an unverified call is refused for want of budget
 * is none for anybody else; and who asks back does not wait behind what waits for that.
 */
function mayJoin(cause: Cause, asking: Cause): boolean {
  if (cause === asking || asking === "arrival") return true;
  return asking !== "unverified" && cause !== "unverified" && cause !== "arrival";
}

function retryAfterOf(answer: Extract<OutboundAnswer, { ok: true }>): { retryAfter?: number } {
  return answer.retryAfter === null ? {} : { retryAfter: answer.retryAfter * 1_000 };
}
