/** For which domains this server acts (spec/9.1): its own, while the domain's file does not name another server. */
import type { Domain } from "@keypears/protocol";
import type { Config } from "../config.ts";

export class OwnDomains {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  /** Whether this server acts for a domain, as far as is known now. */
  actsFor(domain: Domain): boolean {
    return domain === this.#config.domain;
  }
}
