/** The file by which a domain says who serves it, fetched from the domain itself (spec/9.1). */
import type { PeerFault } from "@keypears/api";
import {
  type Domain,
  PROTOCOL_VERSION,
  WELL_KNOWN_PATH,
  type WellKnown,
  fromUtf8,
  isLocalDomain,
  parseWellKnown,
} from "@keypears/protocol";
import { isPublicName } from "../net/addresses.ts";
import type { Cause, Outbound, OutboundAnswer } from "../net/outbound.ts";

/** The largest file that is read, in bytes. */
const FILE_BYTES = 16 * 1024;

/** What a domain says, or why it says nothing that can be used. */
export type Fetched =
  | { readonly ok: true; readonly file: WellKnown }
  | {
      readonly ok: false;
      readonly fault: PeerFault;
      readonly retryAfter?: number;
      /** Whether this server did not even ask, since the host's budget was used up or its breaker open. */
      readonly isUnasked: boolean;
    };

/** Fetches a domain's file and judges it to the letter. */
export async function fetchWellKnown(
  outbound: Outbound,
  domain: Domain,
  cause: Cause,
): Promise<Fetched> {
  const answer = await outbound.send({
    host: domain,
    method: "GET",
    path: WELL_KNOWN_PATH,
    mostBytes: FILE_BYTES,
    cause,
  });
  const fault = faultOf(answer);
  if (fault !== null)
    return { ok: false, ...fault, isUnasked: !answer.ok && fault.fault === "busy" };
  const file = answer.ok ? parseWellKnown(parseJson(answer.body)) : null;
  if (file === null || !isUsable(file.apiDomain, domain)) return refuse("bad_file");
  if (!file.versions.includes(PROTOCOL_VERSION)) return refuse("version");
  return { ok: true, file };
}

const refuse = (fault: PeerFault): Fetched => ({ ok: false, fault, isUnasked: false });

/** What an answer that is no JSON says about a domain; null for one that is. */
function faultOf(answer: OutboundAnswer): { fault: PeerFault; retryAfter?: number } | null {
  if (!answer.ok) {
    // A redirect, or far too much: something is there, and it is not the file.
    return { ...answer, fault: answer.fault === "bad_answer" ? "bad_file" : answer.fault };
  }
  const { status, contentType, retryAfter } = answer;
  const type = contentType.split(";")[0]?.trim() ?? "";
  if (status === 429) {
    return { fault: "busy", ...(retryAfter === null ? {} : { retryAfter: retryAfter * 1_000 }) };
  }
  if (status >= 500) return { fault: "server_error" };
  if (status === 404 || status === 410 || type === "text/html") return { fault: "no_file" };
  return status === 200 && /^application\/(?:[a-z0-9.+-]+\+)?json$/.test(type)
    ? null
    : { fault: "bad_file" };
}

/** A domain of the public DNS names another one; only one of development can name one of development. */
function isUsable(apiDomain: Domain, domain: Domain): boolean {
  return isPublicName(apiDomain) || (isLocalDomain(domain) && isLocalDomain(apiDomain));
}

/** The value of a JSON text; undefined for what is none. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
