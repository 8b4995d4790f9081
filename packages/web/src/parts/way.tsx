import { peerFaults } from "@keypears/client";
import type { PeerFault } from "@keypears/client";
import { useInsideMessages } from "../messages/inside.ts";
import { Hops } from "../ui/hops.tsx";

/** The stations of the way to another domain, in their order, and the faults that are found there (spec/9.1, spec/9.3). */
const STATIONS = [
  ["name", ["dns", "address"]],
  ["connection", ["connect", "tls", "timeout"]],
  ["file", ["no_file", "bad_file", "version"]],
  ["server", ["not_served", "bad_answer", "server_error", "busy", "asking_back"]],
] as const satisfies readonly (readonly [string, readonly PeerFault[]])[];

/** Whether a reason is something in the way to another domain. */
export function isFault(reason: string | null): boolean {
  return peerFaults.some((one) => one === reason);
}

/** At which station the way ends, or -1 where the fault is at none of them. */
function stationOf(fault: string | null): number {
  return STATIONS.findIndex(([, faults]) => faults.some((one) => one === fault));
}

/** What a fault on the way to a domain comes to, and what to do about it. */
export function useFault(): (
  fault: string | null,
  domain: string,
) => { readonly what: string; readonly todo: string } {
  const { faults } = useInsideMessages().way;
  return (fault, domain) => {
    const known: Readonly<Record<string, (typeof faults)["other"]>> = faults;
    const { what, todo } =
      (fault !== null && Object.hasOwn(known, fault) ? known[fault] : undefined) ?? faults.other;
    return { what: what(domain), todo };
  };
}

/** The way to a domain with its stations, as far as it was gone; nothing where nobody knows. */
export function Way({ domain, fault }: { domain: string; fault: string | null }) {
  const { way } = useInsideMessages();
  const stopped = stationOf(fault);
  if (stopped === -1) return null;
  return (
    <Hops
      label={way.label(domain)}
      hops={STATIONS.map(([name], index) => {
        const state = index < stopped ? "past" : index === stopped ? "stopped" : "ahead";
        return { name: way.stations[name], state, label: way.states[state] };
      })}
    />
  );
}
