/**
 * The file with which a domain says who serves its addresses: `https://{domain}/.well-known/keypears.json`.
 * @module spec/9.1
 */
import { type Address, type Domain, parseAddress, parseDomain } from "./address.ts";

/** The path of the file at the domain (spec/9.1). */
export const WELL_KNOWN_PATH = "/.well-known/keypears.json";
/** The version of the protocol that this package speaks (spec/9.1). */
export const PROTOCOL_VERSION = 1;

const MOST_VERSIONS = 64;

/** What a domain's file says (spec/9.1). */
export interface WellKnown {
  /** The bare host name of the API, without port or path. */
  readonly apiDomain: Domain;
  /** The address whose account may claim the domain, or null where none is named (spec/10.1). */
  readonly admin: Address | null;
  /** The versions of the protocol spoken there, at least one. */
  readonly versions: readonly number[];
}

/** The JSON of the file (spec/9.1). */
export interface WellKnownJson {
  readonly apiDomain: string;
  readonly admin?: string;
  readonly versions: readonly number[];
}

/** The file for a domain whose API is at `apiDomain`; version 1 where none are given (spec/9.1). */
export function makeWellKnown(options: {
  readonly apiDomain: Domain;
  readonly admin?: Address | null;
  readonly versions?: readonly number[];
}): WellKnownJson {
  const { apiDomain, admin = null, versions = [PROTOCOL_VERSION] } = options;
  return { apiDomain, ...(admin === null ? {} : { admin }), versions: [...versions] };
}

/**
 * What a file says, or null when it is no such file (spec/9.1). Names come back canonical. An `admin` that is no address
 * makes the whole file invalid rather than a file without one: who can claim a domain is nothing to guess at. Whether a
 * version that we speak is among them is the caller's to ask.
 */
export function parseWellKnown(json: unknown): WellKnown | null {
  if (typeof json !== "object" || json === null) return null;
  const { apiDomain, admin, versions } = json as Record<string, unknown>;
  const host = typeof apiDomain === "string" ? parseDomain(apiDomain) : null;
  if (host === null) return null;
  let administrator: Address | null = null;
  if (admin !== undefined) {
    administrator = typeof admin === "string" ? parseAddress(admin) : null;
    if (administrator === null) return null;
  }
  if (!Array.isArray(versions) || versions.length < 1 || versions.length > MOST_VERSIONS)
    return null;
  if (!versions.every((version) => Number.isSafeInteger(version) && version >= 1)) return null;
  return { apiDomain: host, admin: administrator, versions: versions as number[] };
}
