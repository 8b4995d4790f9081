/**
 * The doctor: goes the way that another server goes to a domain, from its name to a proof of work, and says at each step
 * what holds, or what is wrong and how to mend it (spec/9).
 */
import type { Domain } from "@keypears/protocol";
import { Probe, type ProbeReach } from "../net/outbound-probe.ts";
import { examineApi } from "./api.ts";
import { examineFile } from "./file.ts";
import type { Finding } from "./finding.ts";
import { examineHost } from "./host.ts";

/** Looks at a domain from this machine. What could only be looked at behind something that is broken is left out. */
export async function* diagnose(
  domain: Domain,
  { now = Date.now, ...reach }: ProbeReach & { readonly now?: () => number },
): AsyncGenerator<Finding, void, undefined> {
  const probe = new Probe(reach);
  try {
    const at = yield* examineHost(probe, domain, now);
    if (at === null) return;
    const apiDomain = yield* examineFile(probe, at, domain);
    if (apiDomain === null) return;
    const api = apiDomain === domain ? at : yield* examineHost(probe, apiDomain, now);
    if (api !== null) yield* examineApi(probe, api, domain, now);
  } finally {
    probe.close();
  }
}
