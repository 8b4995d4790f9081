/**
 * The network by `fetch`, which is given: one call, one event stream, both bounded.
 * @module spec/12
 */
import { ClientError } from "./errors.ts";
import type { Transport } from "./ports.ts";

/** What of `fetch` is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A transport to the server at `origin` (`https://kp.acme.com`) by the platform's `fetch`. */
export function fetchTransport(_origin: string, _fetch: Fetch): Transport {
  throw new ClientError("unreachable");
}
