/**
 * The second directory: the domain of an address, asked past the account's own server. Apart, so that a page which cannot ask
 * carries none of it.
 * @module spec/4.5
 */
import { ApiError, type ErrorCode, type PeerFault, contract } from "@keypears/api";
import { type Address, preferLonger } from "@keypears/protocol";
import { decode, failureOf } from "./api.ts";
import { ClientError } from "./errors.ts";
import { readChain } from "./pages.ts";
import type { ApiAnswer, CompareDirectly, DirectSaying, Link } from "./ports.ts";

/**
 * What came of asking a domain: the answer of the server that its keypears.json names, or why there is none; `same_server`
 * where that is the account's own server, which was asked already.
 */
export type DirectAnswer =
  | { readonly ok: true; readonly answer: ApiAnswer }
  | { readonly ok: false; readonly reason: PeerFault | "same_server" };

/**
 * Finds out who serves the domain of an address (spec/9.1) and asks there for `GET /api/v1/keys/{address}`, from the record
 * `from` on where it is given (spec/4.4). Bounded in time and size by whoever gives it. It may reject as a `Transport` does.
 */
export type AskDomain = (
  address: Address,
  options: { readonly from?: number },
) => Promise<DirectAnswer>;

/** What `askDomain` finds, verified and compared (spec/4.5): the `direct` of the ports. */
export function directDirectory(askDomain: AskDomain): CompareDirectly {
  return async (address, own) => {
    try {
      const direct = await readChain(address, own, async (from) => {
        const asked = await askDomain(address, from === undefined ? {} : { from });
        if (!asked.ok) throw new Unasked(asked.reason);
        const { answer } = asked;
        if (answer.status !== 200) throw failureOf(answer);
        return decode(contract.keys.listRecords, answer.body);
      });
      return compare(own, direct);
    } catch (error) {
      const says = sayingOf(error);
      if (says === undefined) throw error;
      return { says, links: own };
    }
  };
}

/** The domain was not asked. */
class Unasked extends Error {
  readonly reason: PeerFault | "same_server";
  constructor(reason: PeerFault | "same_server") {
    super(reason);
    this.reason = reason;
  }
}

function compare(
  own: readonly Link[],
  direct: readonly Link[],
): { readonly says: DirectSaying; readonly links: readonly Link[] } {
  const agree = preferLonger(recordsOf(own), recordsOf(direct)) !== "fork";
  // The domain was asked after the own server. What that has more, whoever it is may have added, unless the keys before signed it.
  const added = recordsOf(own).slice(direct.length);
  if (!agree || added.some(({ reason }) => reason === "reset")) {
    return { says: "different", links: own };
  }
  return { says: "same", links: own.length >= direct.length ? own : direct };
}

function recordsOf(links: readonly Link[]) {
  return links.map(({ record }) => record);
}

/** What a failure says about the address; undefined where it is none of asking. */
function sayingOf(error: unknown): DirectSaying | null | undefined {
  if (error instanceof Unasked) return error.reason === "same_server" ? null : error.reason;
  if (error instanceof ClientError) {
    if (error.code === "unreachable") return "connect";
    return error.code === "bad_answer" || error.code === "keys_refused" ? "bad_answer" : undefined;
  }
  if (!(error instanceof ApiError)) return undefined;
  // Somebody of whom only the own server knows.
  if (error.code === "no_such_user" || error.code === "not_ready") return "different";
  return faults[error.code] ?? "bad_answer";
}

const faults: Partial<Record<ErrorCode, PeerFault>> = {
  busy: "busy",
  rate_limited: "busy",
  internal: "server_error",
  misdirected: "not_served",
};
