/** The published keys of this server's own users, read once per chain. */
import {
  type Address,
  type Bytes,
  type CheckedRecord,
  type PublishedKey,
  equalBytes,
  publishedKeys,
  toHex,
} from "@keypears/protocol";
import { checkedOf, listKeyRecords } from "../store/key-records.ts";
import type { Queries } from "../store/store.ts";

/** Chains that are kept. One is about a kilobyte per key set. */
const MOST_CHAINS = 2_000;

/** What is needed of an account to judge its messages. */
export interface Party {
  readonly id: number;
  readonly address: Address;
  /** The hash of its newest record, and by the records' chaining of its whole chain. */
  readonly active_hash: Bytes;
}

export class OwnKeys {
  /** By the newest record's hash: a chain that grows has another, so nothing here is ever out of date. */
  readonly #chains = new Map<string, readonly PublishedKey[]>();

  /** The whole chain of an account, each record with what became of its set (spec/6.5). */
  async of(db: Queries, party: Party): Promise<readonly PublishedKey[]> {
    const key = toHex(party.active_hash);
    const known = this.#chains.get(key);
    // Taken out and put back, so that what was not asked for the longest is the first to go.
    this.#chains.delete(key);
    const chain = known ?? publishedKeys(await readChain(db, party));
    this.#chains.set(key, chain);
    if (this.#chains.size > MOST_CHAINS) {
      const [oldest] = this.#chains.keys();
      if (oldest !== undefined) this.#chains.delete(oldest);
    }
    return chain;
  }
}

/** The records were judged when they were stored; here they are parsed. */
async function readChain(db: Queries, { id, active_hash }: Party): Promise<CheckedRecord[]> {
  const rows = await listKeyRecords(db, id, { most: Number.MAX_SAFE_INTEGER });
  const records = rows.map(checkedOf);
  const newest = records.findIndex((record) => equalBytes(record.hash, active_hash));
  if (newest < 0) throw new Error("An account's newest key record is not among its records.");
  // What was added since the account's row was read belongs to another chain.
  return records.slice(0, newest + 1);
}
