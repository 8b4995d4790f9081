/** What the doctor says. */

/** What is looked at, in the order in which a server comes by it. */
export type Check =
  | "dns"
  | "connection"
  | "tls certificate"
  | "keypears.json"
  | "version"
  | "apiDomain"
  | "clock"
  | "round trip"
  | "challenge"
  | "outside view";

/** One thing that was looked at. */
export interface Finding {
  readonly check: Check;
  /** The host that it is about. */
  readonly host: string;
  readonly ok: boolean;
  /** A sentence. */
  readonly message: string;
  /** Where it is not ok, what whoever runs the domain can do. */
  readonly remedy?: string;
}

/** Says of one host what was found. */
export function findingsOf(host: string) {
  return {
    good: (check: Check, message: string): Finding => ({ check, host, ok: true, message }),
    bad: (check: Check, message: string, remedy: string): Finding => ({
      ...{ check, host, ok: false, message, remedy },
    }),
  };
}

/** A number of things, in words: `1 second`, `2 seconds`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
