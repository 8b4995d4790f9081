/**
 * How a domain looks from outside (spec/9.2): whoever gets a challenge request looks its sender's domain up, and answers
 * with what is in the way. So a request by a sender who does not exist asks a peer for its view, and for nothing else.
 */
import { randomBytes } from "node:crypto";
import { type PeerFault, peerContract, peerFaults } from "@keypears/api";
import { type Address, type Domain, domainOf } from "@keypears/protocol";
import * as z from "zod";
import { parseJson } from "../federation/discover-file.ts";
import { OutOfTime, type Probe, type Seen } from "../net/outbound-probe.ts";
import { examineFile } from "./file.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { type At, examineHost } from "./host.ts";

const ANSWER_BYTES = 65_536;
/** The peer asks for the file, for the host's word and for keys, and waits five seconds for each. In milliseconds. */
const PATIENCE = 17_000;

type Fault = readonly [message: string, remedy: string];

/** Asks the server of `peer` how it sees the domain. Never rejects. */
export async function lookFromOutside(
  probe: Probe,
  peer: Address,
  domain: Domain,
  now: () => number,
): Promise<Finding> {
  const { good, bad } = findingsOf(domain);
  const other = domainOf(peer);
  try {
    const way = await goTo(probe, other, now);
    if ("fault" in way) {
      return bad(
        "outside view",
        `${other} could not be asked how it sees ${domain}. ${way.fault.message}`,
        `See \`keypears doctor ${other}\`, or name an address at another peer.`,
      );
    }
    const judged = (await servesToo(probe, way.at, domain))
      ? sameServer(other, domain)
      : judge(await ask(probe, way.at, { peer, domain, now }), peer, domain);
    return judged === null
      ? good("outside view", `${other} reaches ${domain}, and gets keys from it.`)
      : bad("outside view", ...judged);
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    return bad("outside view", ...late(other, domain));
  }
}

/** Goes to the server of a domain, and says of the way only where it ends. */
async function goTo(
  probe: Probe,
  domain: Domain,
  now: () => number,
): Promise<{ readonly at: At } | { readonly fault: Finding }> {
  let fault: Finding | null = null;
  const walk = async <T>(steps: AsyncGenerator<Finding, T, undefined>): Promise<T> => {
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return value;
      if (!value.ok) fault = value;
    }
  };
  const at = await walk(examineHost(probe, domain, now));
  const apiDomain = at && (await walk(examineFile(probe, at, domain)));
  const api =
    apiDomain === domain ? at : apiDomain && (await walk(examineHost(probe, apiDomain, now)));
  if (api) return { at: api };
  if (fault === null) throw new Error("The way ends, and nothing was said of why.");
  return { fault };
}

/** Whether the peer's server is the one that serves the domain: what it sees then is no view from outside. */
async function servesToo(probe: Probe, at: At, domain: Domain): Promise<boolean> {
  const { serves } = peerContract.federation;
  const path = `/api/v1${serves.path.replace("{domain}", domain)}`;
  const seen = await probe.ask(at, { path, mostBytes: ANSWER_BYTES });
  return seen.ok && seen.status === 200;
}

function sameServer(other: Domain, domain: Domain): Fault {
  return [
    other === domain
      ? `An address at ${domain} itself gives no view from outside.`
      : `${other} is served by the server of ${domain}, which gives no view from outside.`,
    "Name an address at a domain that somebody else's server serves.",
  ];
}

function ask(
  probe: Probe,
  at: At,
  { peer, domain, now }: { peer: Address; domain: Domain; now: () => number },
): Promise<Seen> {
  return probe.ask(at, {
    path: `/api/v1${peerContract.federation.requestChallenge.path}`,
    body: JSON.stringify({
      sender: `doctor-${randomBytes(6).toString("hex")}@${domain}`,
      recipient: peer,
      time: now(),
      // Nobody's: it is looked at when the keys are there that it would have to be by.
      signature: randomBytes(64).toString("base64url"),
    }),
    mostBytes: ANSWER_BYTES,
    patience: PATIENCE,
  });
}

const refusal = z.object({
  code: z.string().max(64),
  reason: z.string().max(64).optional(),
});

/** What the peer's answer says is wrong; null where it came as far as the keys. */
function judge(seen: Seen, peer: Address, domain: Domain): Fault | null {
  const other = domainOf(peer);
  if (!seen.ok) {
    return seen.fault === "late" ? late(other, domain) : noAnswer(other, "its answer is none");
  }
  const { data } = refusal.safeParse(parseJson(new Uint8Array(seen.body)));
  const { code, reason } = data ?? { code: "" };
  switch (code) {
    case "request_refused":
      if (reason !== "time") return null;
      return [
        `${other} did not look: its clock and this machine's differ by more than five minutes.`,
        "Set this machine's clock by NTP.",
      ];
    case "domain_unreachable": {
      const fault = peerFaults.find((one) => one === reason);
      if (fault === undefined)
        return noAnswer(other, `it cannot reach ${domain}, for a new reason`);
      const [message, remedy] = views[fault](domain);
      const again = fault === "not_served" ? "ten minutes" : "a minute";
      return [
        `${other} cannot reach ${domain}: ${message}`,
        `${remedy} What ${other} has seen it remembers for ${again}.`,
      ];
    }
    case "no_such_user":
      return [
        `${other} has nobody called ${peer}, so it did not look.`,
        "Name an address that exists there, such as its echo account.",
      ];
    case "rate_limited":
    case "busy":
      return [`${other} asks to wait.`, "Ask again in a minute."];
    default:
      return noAnswer(other, `it answers with status ${seen.status}`);
  }
}

function late(other: Domain, domain: Domain): Fault {
  return [
    `${other} does not say in time how it sees ${domain}.`,
    `Ask again after a minute. If that stays so, something on the way between the two is slow: see \`keypears doctor ${other}\`, too.`,
  ];
}

function noAnswer(other: Domain, why: string): Fault {
  return [
    `${other} does not say how it sees this domain: ${why}.`,
    `See \`keypears doctor ${other}\`, or name an address at another peer.`,
  ];
}

/** What whoever sees the domain in another way than this machine may have met. */
const elsewhere =
  "It may come to another place than this machine does: by an old record that is still kept, by a name server with other records, or by the other family of addresses (A, AAAA).";

/** What each fault says where this machine may see none, by the domain that is looked at. */
const views: Readonly<Record<PeerFault, (domain: Domain) => Fault>> = {
  dns: (domain) => [
    "it finds no address for the name, or for that of the API.",
    `Ask each name server that ${domain} is delegated to: one has no such record, or an old answer is still kept.`,
  ],
  address: () => [
    "it finds addresses alone that are not on the public internet.",
    "Let the A and AAAA records name public addresses for everybody: this machine may get its own answers within your network.",
  ],
  connect: () => [
    "nothing answers there.",
    `Open port 443 to everybody, at each address of its A and AAAA records: a firewall may let only some in. ${elsewhere}`,
  ],
  tls: () => [
    "the certificate is not valid for it.",
    `Serve the whole chain (fullchain.pem): this machine may know a certificate that is missing in it. See that every address shows the same one. ${elsewhere}`,
  ],
  timeout: () => [
    "it gets no answer within five seconds.",
    `A firewall may drop what comes from it, or the way there is slow. ${elsewhere}`,
  ],
  no_file: () => [
    "it gets no keypears.json.",
    `Let no filter for robots or countries answer in its place. ${elsewhere}`,
  ],
  bad_file: () => [
    "what it gets is no keypears.json.",
    `Let no filter for robots or countries answer in its place. ${elsewhere}`,
  ],
  version: () => [
    "it gets a keypears.json without a version that it speaks.",
    `One of the two servers needs a newer version. ${elsewhere}`,
  ],
  not_served: (domain) => [
    "the server that it comes to does not serve the domain.",
    `Start that server with KEYPEARS_DOMAIN=${domain}. ${elsewhere}`,
  ],
  bad_answer: () => [
    "what answers there does not speak KeyPears.",
    `See that the proxy passes /api/v1 on, and nothing answers in its place. ${elsewhere}`,
  ],
  server_error: () => ["it gets an error of the server.", "See the server's log, and its proxy's."],
  busy: () => [
    "it is asked to wait, or has asked too often just now.",
    "Behind a proxy, see that KEYPEARS_TRUST_PROXY is set: otherwise all callers count as one.",
  ],
  asking_back: () => [
    "the server there cannot reach others.",
    "See whether it gets out at all: its name servers, its firewall.",
  ],
};
