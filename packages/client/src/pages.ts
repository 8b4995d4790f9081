/**
 * Reading a published chain, page by page, whoever gives the pages.
 * @module spec/4.4
 */
import { type Address, type PublishedRecord, equalBytes, verifyChain } from "@keypears/protocol";
import { ClientError } from "./errors.ts";
import type { Link } from "./ports.ts";

/** The most records in a page, and the most pages of one chain: ten rotations a day for a quarter of a century (spec/4.4). */
const PAGE = 100;
const MOST_PAGES = 1000;

/** One page of a chain, in the contract's form. */
export interface ChainPage {
  readonly address: Address;
  readonly records: readonly PublishedRecord[];
  readonly next: number | null;
}

/**
 * All pages of a chain, verified; `from` is undefined for the first. What was verified before, byte for byte, is not verified
 * again. Rejects with `bad_answer` for pages that lead nowhere, with `keys_refused` for what is no chain.
 */
export async function readChain(
  address: Address,
  known: readonly Link[],
  page: (from: number | undefined) => Promise<ChainPage>,
): Promise<Link[]> {
  const links: Link[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const from = links.length + 1;
    const answer = await page(from === 1 ? undefined : from);
    if (answer.address !== address) throw new ClientError("bad_answer", { reason: "address" });
    if (answer.records.length > PAGE) throw new ClientError("bad_answer", { reason: "records" });
    for (const { record } of answer.records) {
      const same = known[links.length];
      if (same === undefined || !equalBytes(same.published.record, record)) break;
      links.push(same);
    }
    const fresh = answer.records.slice(links.length + 1 - from);
    const verified = await verifyChain(address, fresh, links.at(-1)?.record);
    if (!verified.ok) throw new ClientError("keys_refused", { reason: verified.reason });
    verified.records.forEach((record, index) => {
      links.push({ record, published: fresh[index] as PublishedRecord });
    });
    if (answer.next === null) return links;
    if (answer.records.length === 0 || answer.next !== links.length + 1) break;
  }
  throw new ClientError("bad_answer", { reason: "next" });
}
