/** Who serves a domain: what its keypears.json says (spec/9.1). */
import type { PeerFault } from "@keypears/client";
import {
  type Address,
  type Domain,
  PROTOCOL_VERSION,
  WELL_KNOWN_PATH,
  domainOf,
  parseWellKnown,
} from "@keypears/protocol";
import { Failure } from "./failure.ts";
import { unreachableSentence } from "./hops.ts";
import { type Network, hopOf } from "./network.ts";
import { isOfDevelopment } from "./reach.ts";

/** How long a domain may take to say who serves it, in milliseconds. */
const PATIENCE = 5_000;
const MOST_BYTES = 16_384;
const LOCAL = "http://localhost:3000";

/** The host that serves a domain, or what is in the way. */
export type Discovered =
  | { readonly ok: true; readonly apiDomain: Domain }
  | { readonly ok: false; readonly reason: PeerFault };

/** Asks a domain who serves it. Rejects only when the signal is aborted. */
export async function discover(
  network: Network,
  domain: Domain,
  signal: AbortSignal,
): Promise<Discovered> {
  const fault = (reason: PeerFault): Discovered => ({ ok: false, reason });
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  let text: string | null;
  try {
    const answer = await network.fetch(`https://${domain}${WELL_KNOWN_PATH}`, { signal: bounded });
    const wrong = faultOf(answer);
    if (wrong !== null) {
      await answer.body?.cancel();
      return fault(wrong);
    }
    text = await boundedText(answer, MOST_BYTES);
  } catch (error) {
    signal.throwIfAborted();
    const hop = hopOf(error) ?? (bounded.aborted ? "timeout" : "connect");
    // A redirect: something is there, and it is not the file.
    return fault(hop === "bad_answer" ? "bad_file" : hop);
  }
  const file = text === null ? null : parseWellKnown(parseJson(text));
  if (file === null) return fault("bad_file");
  const { apiDomain, versions } = file;
  // A domain of the internet has nothing to say about what runs on this machine or in this house.
  if (isOfDevelopment(apiDomain) && !isOfDevelopment(domain)) return fault("bad_file");
  return versions.includes(PROTOCOL_VERSION) ? { ok: true, apiDomain } : fault("version");
}

/** What an answer that is no JSON says about a domain; null for one that is. As servers judge it (spec/9.1). */
function faultOf({ status, headers }: Response): PeerFault | null {
  const type = headers.get("content-type")?.split(";")[0]?.trim() ?? "";
  if (status === 429) return "busy";
  if (status >= 500) return "server_error";
  if (status === 404 || status === 410 || type === "text/html") return "no_file";
  return status === 200 && /^application\/(?:[a-z0-9.+-]+\+)?json$/.test(type) ? null : "bad_file";
}

/** The origin of the API for an address: what its domain's file names; for `localhost` the server that `npm start` runs. */
export async function discoverServer(
  network: Network,
  address: Address,
  signal: AbortSignal,
): Promise<string> {
  const domain = domainOf(address);
  if (domain === "localhost") return LOCAL;
  const found = await discover(network, domain, signal);
  if (found.ok) return `https://${found.apiDomain}`;
  throw new Failure(
    "domain_unreachable",
    `${unreachableSentence(domain, found.reason)} --server URL goes around it.`,
    found.reason,
  );
}

/** The text of an answer of at most `most` bytes; null where it is larger. */
export async function boundedText(answer: Response, most: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  // Leaving the loop closes the connection.
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > most) return null;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/** A JSON value; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // A SyntaxError, or a RangeError for brackets nested too deep.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The origin that `--server` names. */
export function parseServer(text: string): string {
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Failure("invalid_server", `This is no address of a server: ${text}`);
  }
  return url.origin;
}
