/** The settings: environment in, one Config out, read once and validated together. */
import { X509Certificate, createPrivateKey, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { BlockList, isIP } from "node:net";
import { join, resolve } from "node:path";
import {
  type Address,
  type Bytes,
  type Domain,
  fromHex,
  isLocalDomain,
  judgeName,
  parseAddress,
  parseDomain,
} from "@keypears/protocol";
import type { Reach } from "./net/outbound.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Prices in expected hashes (spec/7.5). */
export interface Difficulties {
  readonly register: number;
  readonly login: number;
  readonly firstContact: number;
  readonly message: number;
  /** The least that users may ask of those who write to them. */
  readonly minimum: number;
}

/** A certificate chain and its key in PEM form, and the files that they come from. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly files: { readonly cert: string; readonly key: string };
}

export interface Config {
  readonly domain: Domain;
  readonly apiDomain: Domain;
  readonly listen: { readonly host: string; readonly port: number };
  /** What browsers see, such as `https://acme.com`. Null until the port is known, where the system chooses it. */
  readonly origin: string | null;
  readonly dataFolder: string;
  /** 32 bytes, from which the proof-of-work keys are made. */
  readonly secret: Bytes;
  readonly admin: Address | null;
  /** The account that gives back what is written to it; null for none. */
  readonly echo: Address | null;
  readonly title: string;
  readonly registration: "open" | "closed";
  readonly difficulties: Difficulties;
  readonly tls: Tls | null;
  /** The proxies whose forwarded client address counts. */
  readonly trustedProxies: BlockList | null;
  /** Whether requests are limited by class and source. */
  readonly limits: boolean;
  /** How other domains' servers are reached. */
  readonly reach: Reach;
}

/** Settings that cannot be used, all of them at once, a sentence each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(sentences: readonly string[]) {
    super(sentences.join("\n"));
  }
}

/** One row of the settings table in the self-hosting guide, which is made from these. */
export interface Setting {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
}

export const settings: readonly Setting[] = [
  {
    name: "KEYPEARS_DOMAIN",
    default: "`localhost`",
    meaning: "the domain of this server's own addresses",
  },
  { name: "KEYPEARS_API_DOMAIN", default: "as above", meaning: "where its API is reached" },
  {
    name: "KEYPEARS_LISTEN",
    default: "`127.0.0.1:3000`",
    meaning: "address and port to listen on; `PORT` alone also works",
  },
  {
    name: "KEYPEARS_ORIGIN",
    default: "`https://API_DOMAIN`; for `localhost` the address listened on",
    meaning: "what browsers see; checked as Origin",
  },
  {
    name: "KEYPEARS_DATA",
    default: "`./data`",
    meaning: "folder of the embedded database and the made secret",
  },
  {
    name: "KEYPEARS_SECRET",
    default: "made once, kept in the data folder, mode 0600",
    meaning: "64 hex digits",
  },
  {
    name: "KEYPEARS_ADMIN",
    default: "none",
    meaning: "address that may claim the server's own domain; published in keypears.json",
  },
  { name: "KEYPEARS_TITLE", default: "`KeyPears`", meaning: "name shown to users" },
  { name: "KEYPEARS_REGISTRATION", default: "`open`", meaning: "or `closed`" },
  {
    name: "KEYPEARS_POW_REGISTER",
    default: "70000000; a hundredth for local domains",
    meaning: "difficulty of a sign-up",
  },
  {
    name: "KEYPEARS_POW_LOGIN",
    default: "7000000; a hundredth for local domains",
    meaning: "difficulty of a log-in",
  },
  {
    name: "KEYPEARS_POW_FIRST_CONTACT",
    default: "70000000; a hundredth for local domains",
    meaning: "difficulty of a stranger's message, unless the recipient sets another",
  },
  {
    name: "KEYPEARS_POW_MESSAGE",
    default: "7000000; a hundredth for local domains",
    meaning: "difficulty of a message in a conversation, unless the recipient sets another",
  },
  {
    name: "KEYPEARS_POW_MINIMUM",
    default: "1",
    meaning: "the least difficulty that users can set",
  },
  {
    name: "KEYPEARS_TLS_CERT, KEYPEARS_TLS_KEY",
    default: "none",
    meaning: "files in PEM form: serve HTTPS without a proxy",
  },
  {
    name: "KEYPEARS_TRUST_PROXY",
    default: "none",
    meaning:
      "addresses or networks of the reverse proxy whose X-Forwarded-For counts, separated by commas",
  },
  {
    name: "KEYPEARS_FEDERATION_HOSTS",
    default: "none",
    meaning:
      "for development and local domains only: where other domains' servers are, such as " +
      "`a.test=127.0.0.1:4431,b.test=127.0.0.1:4432`; without it a server for a local domain reaches no other",
  },
  {
    name: "KEYPEARS_FEDERATION_CA",
    default: "the machine's",
    meaning: "file in PEM form with the certificates that are trusted there",
  },
  {
    name: "KEYPEARS_ECHO",
    default: "none",
    meaning:
      "name of an account that the server runs itself and that gives back what is written to it, such as `echo`",
  },
  {
    name: "KEYPEARS_LIMITS",
    default: "built-in",
    meaning: "`off` lifts the rate limits, for benchmarks on loopback; never the proof of work",
  },
];

/** Named in the interface, not built yet: refused, since ignoring them would do something else than was asked for. */
const notYet: readonly (readonly [name: string, sentence: string])[] = [
  ["DATABASE_URL", "Only the embedded database is built yet: leave DATABASE_URL unset."],
  ["REDIS_URL", "Several app nodes are not built yet: leave REDIS_URL unset."],
  ["KEYPEARS_METRICS", "Metrics are not built yet: leave KEYPEARS_METRICS unset."],
];

const SECRET_BYTES = 32;
const TITLE_LENGTH = 60;

/** Reads the settings; throws a ConfigError with a sentence for each that cannot be used. Makes the data folder and the secret. */
export function readConfig(env: Environment): Config {
  const faults: string[] = [];
  const refuse = (sentence: string): null => {
    faults.push(sentence);
    return null;
  };
  for (const [name, sentence] of notYet) if (env[name]) refuse(sentence);

  const readDomain = (name: string, fallback: Domain): Domain => {
    const text = env[name];
    if (!text) return fallback;
    return parseDomain(text) ?? refuse(`${name} is no domain: ${text}`) ?? fallback;
  };
  const domain = readDomain("KEYPEARS_DOMAIN", "localhost" as Domain);
  const apiDomain = readDomain("KEYPEARS_API_DOMAIN", domain);
  const listen = readListen(env, refuse);
  const tls = readTls(env, refuse);
  const local = isCheapDomain(domain);
  const difficulties = readDifficulties(env, local ? 100 : 1, refuse);
  const origin = readOrigin(env, { apiDomain, listen, local, tls: tls !== null }, refuse);

  const adminText = env.KEYPEARS_ADMIN;
  const admin = adminText
    ? (parseAddress(adminText) ?? refuse(`KEYPEARS_ADMIN is no address: ${adminText}`))
    : null;
  const echo = readEcho(env, domain, refuse);
  const title = env.KEYPEARS_TITLE || "KeyPears";
  if ([...title].length > TITLE_LENGTH)
    refuse(`KEYPEARS_TITLE has more than ${TITLE_LENGTH} characters.`);
  const registration = env.KEYPEARS_REGISTRATION || "open";
  if (registration !== "open" && registration !== "closed") {
    refuse("KEYPEARS_REGISTRATION is open or closed.");
  }
  if (env.KEYPEARS_LIMITS && env.KEYPEARS_LIMITS !== "off")
    refuse("KEYPEARS_LIMITS is off or not set.");
  const trustedProxies = readProxies(env, refuse);
  const reach = readReach(env, domain, refuse);
  const dataFolder = resolve(env.KEYPEARS_DATA || "./data");
  const secret = faults.length === 0 ? readSecret(env, dataFolder, refuse) : null;
  if (faults.length > 0 || secret === null) throw new ConfigError(faults);
  return {
    domain,
    apiDomain,
    listen,
    origin,
    dataFolder,
    secret,
    admin,
    echo,
    title,
    registration: registration === "closed" ? "closed" : "open",
    difficulties,
    tls,
    trustedProxies,
    limits: env.KEYPEARS_LIMITS !== "off",
    reach,
  };
}

/** Domains of development and tests, whose defaults cost a hundredth. */
function isCheapDomain(domain: Domain): boolean {
  return domain === "localhost" || /\.(localhost|test)$/.test(domain);
}

type Refuse = (sentence: string) => null;

function readListen(env: Environment, refuse: Refuse): Config["listen"] {
  const text = env.KEYPEARS_LISTEN || (env.PORT ? `127.0.0.1:${env.PORT}` : "127.0.0.1:3000");
  const [, host = "", digits = ""] = /^(.+):([0-9]{1,5})$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const port = Number(digits);
  if ((isIP(bare) === 0 && bare !== "localhost") || digits === "" || port > 65_535) {
    refuse(`${env.KEYPEARS_LISTEN ? "KEYPEARS_LISTEN" : "PORT"} is no address and port: ${text}`);
  }
  return { host: bare, port };
}

function readOrigin(
  env: Environment,
  facts: { apiDomain: Domain; listen: Config["listen"]; local: boolean; tls: boolean },
  refuse: Refuse,
): string | null {
  const text = env.KEYPEARS_ORIGIN;
  if (!text) {
    const { apiDomain, listen, tls } = facts;
    const named = apiDomain === "localhost" || apiDomain.endsWith(".localhost");
    if (!named) return `https://${apiDomain}`;
    if (listen.port === 0) return null;
    return `${tls ? "https" : "http"}://${apiDomain}:${listen.port}`;
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== text.replace(/\/$/, "")) {
    return refuse(`KEYPEARS_ORIGIN is no origin such as https://acme.com: ${text}`);
  }
  if (url.protocol === "http:" && !facts.local) {
    return refuse(`KEYPEARS_ORIGIN begins with https:// except for local domains: ${text}`);
  }
  return url.origin;
}

function readTls(env: Environment, refuse: Refuse): Config["tls"] {
  const { KEYPEARS_TLS_CERT: certFile, KEYPEARS_TLS_KEY: keyFile } = env;
  if (!certFile && !keyFile) return null;
  if (!certFile || !keyFile) return refuse("KEYPEARS_TLS_CERT and KEYPEARS_TLS_KEY go together.");
  const read = readTlsFiles({ cert: certFile, key: keyFile });
  return read.ok ? read.tls : refuse(read.sentence);
}

/** Reads a certificate and its key, and looks whether they go together: said in words, rather than by what listens. */
export function readTlsFiles(
  files: Tls["files"],
): { readonly ok: true; readonly tls: Tls } | { readonly ok: false; readonly sentence: string } {
  const refuse = (why: string) =>
    ({ ok: false, sentence: `The TLS files cannot be used: ${why}` }) as const;
  try {
    const [cert, key] = [readFileSync(files.cert, "utf8"), readFileSync(files.key, "utf8")];
    const goTogether = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    if (!goTogether) return refuse("the certificate is not for this key.");
    return { ok: true, tls: { cert, key, files } };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function readDifficulties(env: Environment, cheaper: number, refuse: Refuse): Difficulties {
  const read = (name: string, fallback: number): number => {
    const text = env[name];
    if (!text) return fallback;
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
      refuse(`${name} is no whole number from 1 to 2^53-1: ${text}`);
    }
    return value;
  };
  return {
    register: read("KEYPEARS_POW_REGISTER", 70_000_000 / cheaper),
    login: read("KEYPEARS_POW_LOGIN", 7_000_000 / cheaper),
    firstContact: read("KEYPEARS_POW_FIRST_CONTACT", 70_000_000 / cheaper),
    message: read("KEYPEARS_POW_MESSAGE", 7_000_000 / cheaper),
    minimum: read("KEYPEARS_POW_MINIMUM", 1),
  };
}

/** A name by the rule for everybody's: its address has to work like any other. */
function readEcho(env: Environment, domain: Domain, refuse: Refuse): Address | null {
  const text = env.KEYPEARS_ECHO;
  if (!text) return null;
  const address = parseAddress(`${text}@${domain}`);
  if (address !== null && judgeName(address) === "ok") return address;
  return refuse(`KEYPEARS_ECHO is no name that an account can have, such as echo: ${text}`);
}

function readProxies(env: Environment, refuse: Refuse): BlockList | null {
  const text = env.KEYPEARS_TRUST_PROXY;
  if (!text) return null;
  const proxies = new BlockList();
  for (const part of text.split(",").map((one) => one.trim())) {
    // An empty or odd prefix must not become 0: everybody would be trusted.
    const [, address = "", prefix] = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(part) ?? [];
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const bits = prefix === undefined ? null : Number(prefix);
    if (isIP(address) === 0 || (bits ?? 0) > (family === "ipv6" ? 128 : 32)) {
      refuse(`KEYPEARS_TRUST_PROXY names no address or network: ${part}`);
    } else if (bits === null) proxies.addAddress(address, family);
    else proxies.addSubnet(address, bits, family);
  }
  return proxies;
}

/** A local domain reaches the hosts that are named, or nobody; any other domain the internet, and nothing else. */
function readReach(env: Environment, domain: Domain, refuse: Refuse): Reach {
  const { KEYPEARS_FEDERATION_HOSTS: hostsText, KEYPEARS_FEDERATION_CA: caFile } = env;
  const nowhere = { kind: "nowhere" } as const;
  if (!isLocalDomain(domain)) {
    for (const name of ["KEYPEARS_FEDERATION_HOSTS", "KEYPEARS_FEDERATION_CA"]) {
      if (env[name]) {
        refuse(
          `${name} is for development: KEYPEARS_DOMAIN has to be a local one, such as a.test.`,
        );
      }
    }
    return { kind: "internet" };
  }
  if (!hostsText) {
    if (caFile) refuse("KEYPEARS_FEDERATION_CA goes with KEYPEARS_FEDERATION_HOSTS.");
    return nowhere;
  }
  const hosts = readHosts(hostsText, refuse);
  return { kind: "hosts", hosts, ca: caFile ? readAuthorities(caFile, refuse) : null };
}

function readHosts(
  text: string,
  refuse: Refuse,
): ReadonlyMap<Domain, { readonly host: string; readonly port: number }> {
  const hosts = new Map<Domain, { readonly host: string; readonly port: number }>();
  for (const part of text.split(",").map((one) => one.trim())) {
    const [, name = "", bracketed, plain, digits = ""] =
      /^([^=]+)=(?:\[([^\]]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(part) ?? [];
    const domain = parseDomain(name);
    const host = bracketed ?? plain ?? "";
    const port = Number(digits);
    const isAddress = isIP(host) === (bracketed === undefined ? 4 : 6);
    if (domain === null || !isAddress || port < 1 || port > 65_535) {
      refuse(
        `KEYPEARS_FEDERATION_HOSTS has something other than a domain, an address and a port, such as a.test=127.0.0.1:4431: ${part}`,
      );
    } else if (hosts.has(domain)) {
      refuse(`KEYPEARS_FEDERATION_HOSTS names ${domain} twice.`);
    } else hosts.set(domain, { host, port });
  }
  return hosts;
}

/** The certificates of a file, looked at now: what connects would only say that it trusts nobody. */
function readAuthorities(file: string, refuse: Refuse): string | null {
  try {
    const pem = readFileSync(file, "utf8");
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    if (certificates === null) {
      return refuse("KEYPEARS_FEDERATION_CA cannot be used: the file has no certificate.");
    }
    for (const certificate of certificates) new X509Certificate(certificate);
    return pem;
  } catch (error) {
    return refuse(`KEYPEARS_FEDERATION_CA cannot be used: ${(error as Error).message}`);
  }
}

/** The given secret, else the one that was made once and lies in the data folder. */
function readSecret(env: Environment, folder: string, refuse: Refuse): Bytes | null {
  const parse = (text: string): Bytes | null => {
    const bytes = fromHex(text.trim());
    return bytes?.length === SECRET_BYTES ? bytes : null;
  };
  const file = join(folder, "secret");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (env.KEYPEARS_SECRET) {
      return parse(env.KEYPEARS_SECRET) ?? refuse("KEYPEARS_SECRET is not 64 hex digits.");
    }
    if (!existsSync(file)) makeSecret(file);
    chmodSync(file, 0o600);
    return parse(readFileSync(file, "utf8")) ?? refuse(`${file} does not hold 64 hex digits.`);
  } catch (error) {
    return refuse(`The data folder ${folder} cannot be used: ${(error as Error).message}`);
  }
}

/** Makes the file whole or not at all: of two servers that start at once, one is first, and none reads half a secret. */
function makeSecret(file: string): void {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  const text = `${randomBytes(SECRET_BYTES).toString("hex")}\n`;
  writeFileSync(draft, text, { flag: "wx", mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(draft);
  }
}
