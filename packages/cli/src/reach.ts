/** For development: where names that no machine knows are, and who certifies them. The same settings as the server's. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { type Domain, isLocalDomain, parseDomain } from "@keypears/protocol";
import { Failure } from "./failure.ts";

/** How the names of development are reached; every other name by the machine's own means. */
export interface Reach {
  /** Where the servers of these names listen, in place of port 443. */
  readonly places: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Certificates in PEM form, trusted for names of development instead of the machine's; null for the machine's. */
  readonly ca: string | null;
}

/** Reads KEYPEARS_FEDERATION_HOSTS and KEYPEARS_FEDERATION_CA; a Failure where they cannot be used. */
export function readReach(env: Readonly<Record<string, string | undefined>>): Reach {
  const { KEYPEARS_FEDERATION_HOSTS: hosts, KEYPEARS_FEDERATION_CA: file } = env;
  const places = new Map<string, { host: string; port: number }>();
  for (const entry of hosts ? hosts.split(",") : []) {
    const [, name = "", bracketed, plain = "", digits = ""] =
      /^([^=]+)=(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(entry.trim()) ?? [];
    const domain = parseDomain(name);
    const host = bracketed ?? plain;
    const port = Number(digits);
    if (domain === null || isIP(host) === 0 || port < 1 || port > 65_535) {
      throw unusable(
        `KEYPEARS_FEDERATION_HOSTS has something other than a domain, an address and a port, such as a.test=127.0.0.1:4431: ${entry}`,
      );
    }
    if (!isLocalDomain(domain)) {
      throw unusable(
        `KEYPEARS_FEDERATION_HOSTS is for names of development (.test, .localhost, .example, .internal), which ${domain} is not.`,
      );
    }
    places.set(domain, { host, port });
  }
  return { places, ca: file ? readCertificates(file) : null };
}

/** Whether a host is one of development, for which the settings count. */
export function isOfDevelopment(host: string): boolean {
  return isLocalDomain(host as Domain);
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unusable(`KEYPEARS_FEDERATION_CA cannot be read: ${(error as Error).message}`);
  }
}

function unusable(sentence: string): Failure {
  return new Failure("configuration", sentence);
}
