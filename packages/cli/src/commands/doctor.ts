import { parseDomain } from "@keypears/protocol";
import type { Finding } from "@keypears/server";
import type { Command } from "../command.ts";
import { Failure } from "../failure.ts";
import { printable } from "../output.ts";
import { readReach } from "../reach.ts";

export const command: Command = {
  usage: "doctor DOMAIN",
  summary: "See whether other servers can reach a domain, and what to mend where they cannot.",
  least: 1,
  most: 1,
  async run({ args, io, output }) {
    const [typed = ""] = args;
    const domain = parseDomain(typed);
    if (domain === null) throw new Failure("invalid_domain", `This is no domain: ${typed}`);
    const { diagnose } = await import("@keypears/server");
    const findings: Finding[] = [];
    for await (const finding of diagnose(domain, readReach(io.env))) {
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

function linesOf({ check, ok, message, remedy }: Finding): string[] {
  return [
    `${ok ? "✓" : "✗"} ${check.padEnd(16)} ${printable(message)}`,
    ...(remedy === undefined ? [] : [`  ${" ".repeat(16)} → ${printable(remedy)}`]),
  ];
}
