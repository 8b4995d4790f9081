/**
 * For tests: a piece of the internet on loopback: names with certificates of a throw-away authority, each at a port, and the
 * settings by which servers and command lines find them there.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config.ts";
import { makeAuthority } from "./certificates.ts";
import { type Host, fileHost, listenAsHost } from "./hosts.ts";
import { freePorts } from "./ports.ts";

/** A domain, and where its API is: one of the three arrangements of spec/9.1. */
export interface Place {
  readonly domain: string;
  /** Where its server is reached; else at the domain itself. */
  readonly apiDomain?: string;
  /** `elsewhere`: the domain's keypears.json lies on a web host that serves nothing else; else at its server. */
  readonly file?: "elsewhere";
}

/** What a server of one place is given. */
export interface SecuredPlace {
  readonly port: number;
  /** Its names, its certificate and how it finds the others; where it listens is not among them. */
  readonly env: Environment;
}

export interface Secured {
  /** In the order of what was asked for. */
  readonly places: readonly SecuredPlace[];
  /** How the servers are found, by a command line or by one of them. */
  readonly env: Environment;
  /** The authority's certificate in PEM form, for whoever trusts it. */
  readonly ca: string;
  /** Ends what listens here: the hosts that are none of our servers. */
  close(): Promise<void>;
}

/** The names at which a place's server is reached. */
export function namesOf({ domain, apiDomain = domain, file }: Place): string[] {
  return [...new Set(file === "elsewhere" ? [apiDomain] : [domain, apiDomain])];
}

/** The web hosts of those whose file lies elsewhere. */
export function fileHosts(places: readonly Place[]): Host[] {
  return places.flatMap(({ domain, apiDomain = domain, file }) =>
    file === "elsewhere" ? [fileHost(domain, apiDomain)] : [],
  );
}

/** Finds ports, makes certificates in `folder`, and lets the hosts answer that are no servers of ours. */
export async function securePlaces(options: {
  readonly places: readonly Place[];
  readonly folder: string;
  readonly hosts?: readonly Host[] | undefined;
  /** For the places, in their order; else the system chooses. */
  readonly ports?: readonly number[] | undefined;
}): Promise<Secured> {
  const { places, folder } = options;
  const hosts = [...(options.hosts ?? []), ...fileHosts(places)];
  const authority = makeAuthority();
  mkdirSync(folder, { recursive: true });
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, authority.certificate);
  const free = await freePorts(places.length + hosts.length);
  const portOf = (index: number): number => (options.ports?.[index] ?? free[index]) as number;

  const closing: (() => Promise<void>)[] = [];
  const found = places.flatMap((place, index) =>
    namesOf(place).map((name) => `${name}=127.0.0.1:${portOf(index)}`),
  );
  for (const [index, host] of hosts.entries()) {
    const port = free[places.length + index] as number;
    const [first = "", ...more] = host.certified ?? host.names;
    const { flaw } = host;
    const certified =
      flaw === undefined ? authority.certify(first, ...more) : authority.certifyBadly(first, flaw);
    closing.push(await listenAsHost(host, port, certified));
    found.push(...host.names.map((name) => `${name}=127.0.0.1:${port}`));
  }
  const env = { KEYPEARS_FEDERATION_HOSTS: found.join(","), KEYPEARS_FEDERATION_CA: caFile };
  return {
    places: places.map((place, index) => {
      const [first = "", ...more] = namesOf(place);
      const { cert, key } = authority.certify(first, ...more);
      const [certFile, keyFile] = [join(folder, `${first}.crt`), join(folder, `${first}.key`)];
      writeFileSync(certFile, cert);
      writeFileSync(keyFile, key, { mode: 0o600 });
      const { domain, apiDomain = domain } = place;
      return {
        port: portOf(index),
        env: {
          ...env,
          KEYPEARS_DOMAIN: domain,
          KEYPEARS_API_DOMAIN: apiDomain,
          KEYPEARS_TLS_CERT: certFile,
          KEYPEARS_TLS_KEY: keyFile,
        },
      };
    }),
    env,
    ca: authority.certificate,
    close: async () => {
      await Promise.all(closing.map((close) => close()));
    },
  };
}
