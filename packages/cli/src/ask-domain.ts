/** The second directory: the domain of an address itself, asked past the account's own server (spec/4.5). */
import type { AskDomain, DirectAnswer } from "@keypears/client";
import { type Domain, domainOf } from "@keypears/protocol";
import { type Discovered, boundedText, discover, parseJson } from "./discover.ts";
import { type Network, hopOf } from "./network.ts";
import { isOfDevelopment } from "./reach.ts";

/** How long the domain may take for one answer, the finding of its server included, in milliseconds. */
const PATIENCE = 5_000;
/** The largest answer, in bytes: a page of a hundred key records, with room to spare. */
const MOST_BYTES = 262_144;

/** Asks domains for key records, without credentials. `server` is the origin of the account's own server. */
export function askDomainBy(network: Network, server: string, signal: AbortSignal): AskDomain {
  const known = new Map<Domain, Discovered>();
  return async (address, { from }): Promise<DirectAnswer> => {
    const domain = domainOf(address);
    if (isAtHome(domain, server, network)) return { ok: false, reason: "same_server" };
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    try {
      // The pages after the first one come from where that came from.
      const kept = from === undefined ? undefined : known.get(domain);
      const discovered = kept ?? (await discover(network, domain, bounded));
      known.set(domain, discovered);
      if (!discovered.ok) return discovered;
      const origin = `https://${discovered.apiDomain}`;
      if (origin === server) return { ok: false, reason: "same_server" };
      const query = from === undefined ? "" : `?from=${from}`;
      const url = `${origin}/api/v1/keys/${encodeURIComponent(address)}${query}`;
      const answer = await network.fetch(url, {
        headers: { accept: "application/json" },
        signal: bounded,
      });
      const text = await boundedText(answer, MOST_BYTES);
      if (text === null) return { ok: false, reason: "bad_answer" };
      return { ok: true, answer: { status: answer.status, body: parseJson(text) } };
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, reason: hopOf(error) ?? (bounded.aborted ? "timeout" : "connect") };
    }
  };
}

/** A name of development that no setting places anywhere is one of this machine's server, if of any. */
function isAtHome(domain: Domain, server: string, network: Network): boolean {
  if (!isOfDevelopment(domain) || network.places(domain)) return false;
  return domain === "localhost" || new URL(server).hostname === domain;
}
