import { type Address, domainOf, parseDomain } from "@keypears/protocol";
import type { Finding } from "@keypears/server";
import { type Call, type Command, text } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { Failure } from "../failure.ts";
import { printable } from "../output.ts";
import { readReach } from "../reach.ts";

export const command: Command = {
  usage: "doctor DOMAIN [--peer ADDRESS]",
  summary:
    "See whether other servers can reach a domain, and what to mend; --peer has the server of an address elsewhere look, too.",
  least: 1,
  most: 1,
  options: { peer: { type: "string" } },
  async run(call) {
    const { args, io, output } = call;
    const [typed = ""] = args;
    const domain = parseDomain(typed);
    if (domain === null) throw new Failure("invalid_domain", `This is no domain: ${typed}`);
    const peer = await readPeer(call, domain);
    const { diagnose } = await import("@keypears/server");
    const findings: Finding[] = [];
    for await (const finding of diagnose(domain, { ...readReach(io.env), peer })) {
      io.signal.throwIfAborted();
      findings.push(finding);
      // A person sees each as it comes; a script gets the list.
      if (!output.json) output.result(finding, ...linesOf(finding));
    }
    const sound = findings.every(({ ok }) => ok);
    if (output.json) output.result(findings);
    else if (sound) output.result(null, `Other servers can reach ${domain}.`);
    if (!sound) return 1;
  },
};

/** Who is asked for a view from outside. One's own domain is not left without a word about it. */
async function readPeer(call: Call, domain: string): Promise<Address | "unnamed" | undefined> {
  const given = text(call.options, "peer");
  if (given !== undefined) return readAddress(given);
  if (parseDomain(call.io.env.KEYPEARS_DOMAIN ?? "") === domain) return "unnamed";
  const own = await loggedIn(call);
  return own !== null && domainOf(own) === domain ? "unnamed" : undefined;
}

/** Whoever is logged in here; asks no server. */
async function loggedIn(call: Call): Promise<Address | null> {
  if (call.options["no-store"] === true) return null;
  try {
    const saved = await withEngine(call, ({ client }) => client.account.saved());
    return saved?.address ?? null;
  } catch (error) {
    // Nobody, or a profile that cannot be read: the doctor needs none.
    if (error instanceof Failure) return null;
    throw error;
  }
}

function linesOf({ check, ok, message, remedy }: Finding): string[] {
  return [
    `${ok ? "✓" : "✗"} ${check.padEnd(16)} ${printable(message)}`,
    ...(remedy === undefined ? [] : [`  ${" ".repeat(16)} → ${printable(remedy)}`]),
  ];
}
