/** Whether a host can be reached by the servers of others: its names, its ports, its certificate (spec/9.3). */
import { isPublicAddress, isPublicName } from "../net/addresses.ts";
import type { Handshake, Probe, Resolved } from "../net/outbound-probe.ts";
import { type Finding, counted, findingsOf } from "./finding.ts";

/** The most addresses that are tried. */
const MOST_ADDRESSES = 4;
/** A certificate with less than this part of its time left has not been renewed when it should have been. */
const LEAST_LEFT = 0.1;
const DAY = 86_400_000;

/** A host at an address where it can be asked. */
export interface At {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Looks at a host; gives where it can be asked, or null. */
export async function* examineHost(
  probe: Probe,
  host: string,
  now: () => number,
): AsyncGenerator<Finding, At | null, undefined> {
  const { good, bad } = findingsOf(host);
  const isPlaced = probe.isPlaced(host);
  if (!isPlaced && !isPublicName(host)) {
    yield bad(
      "dns",
      `${host} is no name of the public DNS: no server looks it up.`,
      "Use a domain that is registered. For development, KEYPEARS_FEDERATION_HOSTS says where names such as a.test are.",
    );
    return null;
  }
  const resolved = await probe.resolve(host);
  const { addresses, port } = resolved;
  const unnamed = judgeNames(host, resolved);
  if (unnamed !== null) yield bad("dns", ...unnamed);
  if (addresses.length === 0) return null;
  const inward = isPlaced ? [] : addresses.filter((address) => !isPublicAddress(address));
  const outward = addresses.filter((address) => !inward.includes(address)).slice(0, MOST_ADDRESSES);
  if (inward.length > 0) {
    yield bad(
      "dns",
      `${host} has addresses that are not on the public internet: ${inward.join(", ")}.`,
      "Take those A and AAAA records away: no other server connects there.",
    );
  } else if (unnamed === null) yield good("dns", `${host} is at ${outward.join(", ")}.`);
  if (outward.length === 0) return null;

  const tried = await Promise.all(
    outward.map(async (address) => ({
      at: { host, address, port },
      shown: await probe.shakeHands(host, address, port),
    })),
  );
  const open = tried.flatMap(({ at, shown }) =>
    shown.ok || shown.why === "no tls" ? [{ at, shown }] : [],
  );
  for (const { at, shown } of tried) {
    if (shown.ok || shown.why === "no tls") continue;
    if (shown.why === "no way" && open.length > 0) {
      const family = at.address.includes(":") ? "IPv6" : "IPv4";
      yield good("connection", `This machine has no ${family}: ${at.address} was not looked at.`);
    } else yield bad("connection", ...closed(at, shown.why));
  }
  if (open.length === tried.length) yield good("connection", `Port ${port} is open.`);

  const judged = open.map(({ at, shown }) => ({ at, finding: judgeHandshake(at, shown, now()) }));
  const faults = judged.filter(({ finding }) => !finding.ok);
  for (const { finding } of faults.length > 0 ? faults : judged.slice(0, 1)) yield finding;
  return judged.find(({ finding }) => finding.ok)?.at ?? null;
}

type Fault = readonly [message: string, remedy: string];

/** What is wrong with what name servers say; null for nothing. */
function judgeNames(host: string, { addresses, fault, exists }: Resolved): Fault | null {
  const delegation =
    "See that every name server which the domain is delegated to is running, has the zone, and can be reached from everywhere.";
  if (fault === null) {
    if (addresses.length > 0) return null;
    const remedy = `Give ${host} an A or AAAA record with the address of the server, and wait until it is known everywhere.`;
    return exists
      ? [`${host} has neither an A nor an AAAA record.`, remedy]
      : [`There is no ${host} in the DNS: it has neither an A nor an AAAA record.`, remedy];
  }
  if (addresses.length > 0) {
    return [
      `The name servers of ${host} answer for one of its A and AAAA records, and not for the other.`,
      `Whoever asks for both waits for that. ${delegation}`,
    ];
  }
  switch (fault) {
    case "late":
      return [`The name servers of ${host} do not answer in time.`, delegation];
    case "failed":
      return [
        `The name servers of ${host} fail.`,
        `${delegation} Where the zone is signed (DNSSEC), see that its signatures hold.`,
      ];
    case "unasked":
      return [
        `This machine's own name server does not answer, so nothing is known of ${host}.`,
        "Look from another machine, or mend the resolver of this one.",
      ];
  }
}

/** Why there is no connection to a port. */
function closed(
  { address, port }: At,
  why: "late" | "refused" | "no way" | "nothing there",
): Fault {
  const remedy =
    "Let the server or its proxy listen there, open the firewall, or take the record of that address away.";
  switch (why) {
    case "late":
      return [`Port ${port} of ${address} does not answer.`, remedy];
    case "refused":
      return [`Port ${port} of ${address} refuses connections.`, remedy];
    case "nothing there":
      return [
        `There is nothing at ${address}.`,
        "Let the record name the address that the server has, or take it away.",
      ];
    case "no way":
      return [
        `This machine has no way to ${address}.`,
        "Look from a machine that has both IPv4 and IPv6, or let a peer look (--peer).",
      ];
  }
}

/** Nobody can tell the one from the other. */
const unchained: Fault = [
  "comes without the certificates between it and an authority that is trusted, or is of an authority that nobody knows",
  "Serve the whole chain (fullchain.pem rather than cert.pem) of a certificate from an authority that everybody trusts, such as Let's Encrypt.",
];

/** What is wrong with a chain, by OpenSSL's word for it. */
const chains: Readonly<Record<string, Fault>> = {
  CERT_HAS_EXPIRED: ["has expired", "Renew the certificate, and see that it is renewed by itself."],
  CERT_NOT_YET_VALID: ["is not valid yet", "Set the clock of whoever made the certificate right."],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    "is signed by nobody but itself",
    "Get one from an authority that everybody trusts, such as Let's Encrypt.",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    "is signed by an authority that nobody knows",
    "Get one from an authority that everybody trusts, such as Let's Encrypt.",
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unchained,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unchained,
};

function judgeHandshake({ host, address }: At, shown: Handshake, now: number): Finding {
  const { good, bad } = findingsOf(host);
  if (!shown.ok) {
    return bad(
      "tls certificate",
      `What answers at ${address} does not speak TLS as it should${shown.why === "no tls" && shown.late ? ": it says nothing" : ""}.`,
      "See that HTTPS is served on that port, by TLS 1.2 or 1.3.",
    );
  }
  const { certificate, nameFault, chainFault } = shown;
  const [from, to] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)];
  const until = new Date(to).toISOString().slice(0, 10);
  const about = `The certificate at ${address}`;
  const expired = now >= to ? "CERT_HAS_EXPIRED" : chainFault;
  if (expired !== null) {
    const [message, remedy] = chains[expired] ?? [
      `is not trusted (${expired})`,
      "Get one from an authority that everybody trusts, such as Let's Encrypt.",
    ];
    const date = expired === "CERT_HAS_EXPIRED" ? ` (${until})` : "";
    return bad("tls certificate", `${about} ${message}${date}.`, remedy);
  }
  if (nameFault !== null) {
    return bad(
      "tls certificate",
      `${about} is not for ${host}, but for ${namesOf(certificate.subjectaltname)}.`,
      `Get one that names ${host}.`,
    );
  }
  const days = Math.floor((to - now) / DAY);
  if (to - now < (to - from) * LEAST_LEFT) {
    return bad(
      "tls certificate",
      `${about} expires in ${counted(days, "day")} (${until}).`,
      "Renew it now, and see why it was not renewed by itself.",
    );
  }
  return good(
    "tls certificate",
    `The certificate is valid for ${host}, for ${counted(days, "day")} more.`,
  );
}

function namesOf(alternatives: string | undefined): string {
  const names = (alternatives ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
  return names.slice(0, 5).join(", ") || "no name";
}
