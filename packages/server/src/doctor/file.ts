/** Whether a domain's keypears.json is one, and what exactly is wrong where it is not (spec/9.1). */
import {
  type Domain,
  PROTOCOL_VERSION,
  WELL_KNOWN_PATH,
  isLocalDomain,
  parseAddress,
  parseDomain,
  parseWellKnown,
} from "@keypears/protocol";
import { parseJson } from "../federation/discover-file.ts";
import { isPublicName } from "../net/addresses.ts";
import type { Probe, Seen } from "../net/outbound-probe.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { At } from "./host.ts";

/** The largest file that servers read, in bytes. */
const FILE_BYTES = 16_384;

/** Looks at the file of a domain; gives the host that it names, or null. */
export async function* examineFile(
  probe: Probe,
  at: At,
  domain: Domain,
): AsyncGenerator<Finding, Domain | null, undefined> {
  const { good, bad } = findingsOf(domain);
  const url = `https://${domain}${WELL_KNOWN_PATH}`;
  const seen = await probe.ask(at, { path: WELL_KNOWN_PATH, mostBytes: FILE_BYTES });
  const fault = faultOf(seen, url);
  if (fault !== null || !seen.ok) {
    yield bad("keypears.json", ...(fault ?? [`${url} cannot be fetched.`, ""]));
    return null;
  }
  const json = parseJson(new Uint8Array(seen.body));
  const file = parseWellKnown(json);
  if (file === null) {
    yield bad("keypears.json", ...faultOfMembers(json, url));
    return null;
  }
  const { apiDomain, versions } = file;
  if (!isPublicName(apiDomain) && !(isLocalDomain(domain) && isLocalDomain(apiDomain))) {
    yield bad(
      "keypears.json",
      `${url} names ${apiDomain}, which is no name of the public DNS.`,
      "Let apiDomain be the public host name of the server.",
    );
    return null;
  }
  yield good("keypears.json", `${url} names ${apiDomain}.`);
  if (!versions.includes(PROTOCOL_VERSION)) {
    yield bad(
      "version",
      `The file offers versions ${versions.join(", ")}, and not ${PROTOCOL_VERSION}.`,
      `Let "versions" be those that the server speaks, such as [${PROTOCOL_VERSION}].`,
    );
    return null;
  }
  yield good("version", `Version ${PROTOCOL_VERSION} is spoken.`);
  return apiDomain;
}

type Fault = readonly [message: string, remedy: string];

/** What is wrong with an answer before anybody looks into it; null for nothing. */
function faultOf(seen: Seen, url: string): Fault | null {
  const serve =
    "Let the server answer there itself (its proxy passes /.well-known/keypears.json on), or put the file there.";
  if (!seen.ok) {
    if (seen.fault === "large") {
      return [`${url} is larger than ${FILE_BYTES} bytes.`, "Let the file have its members alone."];
    }
    return seen.fault === "late"
      ? [
          `${url} takes longer than five seconds, the look-up of its name included.`,
          "See what slows that web server or its name servers down.",
        ]
      : [`The connection breaks when ${url} is asked for.`, serve];
  }
  const { status, headers } = seen;
  if (status >= 300 && status < 400) {
    const target = String(headers.location ?? "somewhere else").slice(0, 200);
    return [`${url} redirects to ${target}, and no server follows.`, `Answer at ${url} itself.`];
  }
  if (status === 404 || status === 410) return [`There is no ${url}.`, serve];
  if (status !== 200) return [`${url} answers with status ${status}.`, serve];
  const type = String(headers["content-type"] ?? "")
    .split(";")[0]
    ?.trim()
    .toLowerCase();
  if (type === "text/html") return [`${url} is a web page, not the file.`, serve];
  if (type === undefined || !/^application\/(?:[a-z0-9.+-]+\+)?json$/.test(type)) {
    return [
      `${url} is served as ${type ? type : "no type"}, not as JSON.`,
      "Serve it with the header Content-Type: application/json.",
    ];
  }
  return null;
}

/** Which member makes a file none. */
function faultOfMembers(json: unknown, url: string): Fault {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return [
      `${url} holds no JSON object.`,
      'It is like {"apiDomain": "kp.acme.com", "versions": [1]}.',
    ];
  }
  const { apiDomain, admin } = json as Record<string, unknown>;
  if (typeof apiDomain !== "string" || parseDomain(apiDomain) === null) {
    return [
      `apiDomain in ${url} is no host name: ${shown(apiDomain)}.`,
      "It is a bare host name such as kp.acme.com: no https://, no port, no path, no address.",
    ];
  }
  if (admin !== undefined && (typeof admin !== "string" || parseAddress(admin) === null)) {
    return [
      `admin in ${url} is no address: ${shown(admin)}.`,
      "Let it be an address such as you@acme.com, or leave it out.",
    ];
  }
  return [
    `versions in ${url} is no list of whole numbers: ${shown((json as Record<string, unknown>).versions)}.`,
    `Let it be [${PROTOCOL_VERSION}].`,
  ];
}

function shown(value: unknown): string {
  return value === undefined ? "it is missing" : JSON.stringify(value).slice(0, 100);
}
