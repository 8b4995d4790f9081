/**
 * The doctor: goes the way that another server goes to a domain, from its name to a proof of work, and says at each step
 * what holds, or what is wrong and how to mend it (spec/9).
 */
import type { Address, Domain } from "@keypears/protocol";
import { OutOfTime, Probe, type ProbeReach } from "../net/outbound-probe.ts";
import { examineApi } from "./api.ts";
import { examineFile } from "./file.ts";
import { type Finding, counted, findingsOf } from "./finding.ts";
import { examineHost } from "./host.ts";
import { lookFromOutside } from "./outside.ts";

/** How long all of it may take, in milliseconds, however slow everything is: less than half a minute. */
const ALTOGETHER = 25_000;

export interface DiagnoseOptions extends ProbeReach {
  /** This machine's clock. */
  readonly now?: () => number;
  /**
   * An address at another server, which is asked how it sees the domain. `unnamed`: nobody is asked, and one finding says
   * how to name somebody.
   */
  readonly peer?: Address | "unnamed" | undefined;
  /** For tests: how long all of it may take, in milliseconds. */
  readonly within?: number;
}

/** Looks at a domain from this machine. What could only be looked at behind something that is broken is left out. */
export async function* diagnose(
  domain: Domain,
  { now = Date.now, peer, within = ALTOGETHER, ...reach }: DiagnoseOptions,
): AsyncGenerator<Finding, void, undefined> {
  const { good, bad } = findingsOf(domain);
  const until = performance.now() + within;
  const [probe, another] = [new Probe(reach, until), new Probe(reach, until)];
  // Both look at the same time, since both may take long.
  const outside =
    peer === undefined || peer === "unnamed" ? null : lookFromOutside(another, peer, domain, now);
  try {
    try {
      yield* examine(probe, domain, now);
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      yield bad(
        "round trip",
        `After ${counted(within / 1_000, "second")} not everything had answered: what comes next was not looked at.`,
        `See what slows ${domain} down, its name servers, its web server or the KeyPears server: others wait for five seconds in all.`,
      );
    }
    if (outside !== null) yield await outside;
    else if (peer === "unnamed") {
      yield good(
        "outside view",
        "No peer was asked how it sees this domain. --peer ADDRESS asks one, by any address there, such as its echo account: --peer echo@acme.com.",
      );
    }
  } finally {
    probe.close();
    another.close();
  }
}

async function* examine(
  probe: Probe,
  domain: Domain,
  now: () => number,
): AsyncGenerator<Finding, void, undefined> {
  const at = yield* examineHost(probe, domain, now);
  if (at === null) return;
  const apiDomain = yield* examineFile(probe, at, domain);
  if (apiDomain === null) return;
  const api = apiDomain === domain ? at : yield* examineHost(probe, apiDomain, now);
  if (api !== null) yield* examineApi(probe, api, domain, now);
}
