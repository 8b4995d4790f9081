/** Whether a host can be reached by the servers of others: its names, its ports, its certificate (spec/9.3). */
import { isPublicAddress, isPublicName } from "../net/addresses.ts";
import type { Handshake, Probe } from "../net/outbound-probe.ts";
import { type Finding, findingsOf } from "./finding.ts";

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
  const { addresses, port, late } = await probe.resolve(host);
  if (addresses.length === 0) {
    yield late
      ? bad(
          "dns",
          `The name servers of ${host} do not answer in time.`,
          "See that the name servers which the domain is delegated to are running and can be reached from everywhere.",
        )
      : bad(
          "dns",
          `${host} has neither an A nor an AAAA record.`,
          `Give ${host} an A or AAAA record with the address of the server, and wait until it is known everywhere.`,
        );
    return null;
  }
  const inward = isPlaced ? [] : addresses.filter((address) => !isPublicAddress(address));
  const outward = addresses.filter((address) => !inward.includes(address)).slice(0, MOST_ADDRESSES);
  yield inward.length === 0
    ? good("dns", `${host} is at ${outward.join(", ")}.`)
    : bad(
        "dns",
        `${host} has addresses that are not on the public internet: ${inward.join(", ")}.`,
        "Take those A and AAAA records away: no other server connects there.",
      );
  if (outward.length === 0) return null;

  const tried = await Promise.all(
    outward.map(async (address) => ({
      at: { host, address, port },
      shown: await probe.shakeHands(host, address, port),
    })),
  );
  const open = tried.flatMap(({ at, shown }) =>
    shown.ok || shown.at === "tls" ? [{ at, shown }] : [],
  );
  for (const { at, shown } of tried) {
    if (shown.ok || shown.at === "tls") continue;
    yield bad(
      "connection",
      shown.late
        ? `Port ${port} of ${at.address} does not answer.`
        : `Port ${port} of ${at.address} refuses connections.`,
      "Let the server or its proxy listen there, open the firewall, or take the record of that address away.",
    );
  }
  if (open.length === tried.length) yield good("connection", `Port ${port} is open.`);

  const judged = open.map(({ at, shown }) => ({ at, finding: judgeHandshake(at, shown, now()) }));
  const faults = judged.filter(({ finding }) => !finding.ok);
  for (const { finding } of faults.length > 0 ? faults : judged.slice(0, 1)) yield finding;
  return judged.find(({ finding }) => finding.ok)?.at ?? null;
}

/** What is wrong with a chain, by OpenSSL's word for it. */
const chains: Readonly<Record<string, readonly [message: string, remedy: string]>> = {
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
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    "comes without the certificates between it and an authority that is trusted",
    "Serve the whole chain (fullchain.pem rather than cert.pem).",
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [
    "comes without the certificates between it and an authority that is trusted",
    "Serve the whole chain (fullchain.pem rather than cert.pem).",
  ],
};

function judgeHandshake({ host, address }: At, shown: Handshake, now: number): Finding {
  const { good, bad } = findingsOf(host);
  if (!shown.ok) {
    return bad(
      "tls certificate",
      `What answers at ${address} does not speak TLS as it should.`,
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
      `${about} expires in ${days} days (${until}).`,
      "Renew it now, and see why it was not renewed by itself.",
    );
  }
  return good("tls certificate", `The certificate is valid for ${host}, for ${days} days more.`);
}

function namesOf(alternatives: string | undefined): string {
  const names = (alternatives ?? "").split(", ").map((name) => name.replace(/^DNS:/, ""));
  return names.slice(0, 5).join(", ") || "no name";
}
