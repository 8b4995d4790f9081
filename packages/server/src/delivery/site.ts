/** The registrable domain of a domain: what a stranger pays for a new one of, and so what requests are counted by. */
import type { Domain } from "@keypears/protocol";
import { getDomain } from "tldts";

/**
 * The registrable domain by the public suffix list (spec/7.6), or the domain itself where it has none: it is a public
 * suffix, or `localhost`. Only the list's ICANN part counts: below the suffixes of its private part (dynamic DNS, hosting)
 * names cost nothing, and each would begin at the lowest price. Names that exist only in tests have their last two labels.
 */
export function siteOf(domain: Domain): Domain {
  return (getDomain(domain, { allowPrivateDomains: false }) ?? domain) as Domain;
}
