/**
 * Who has which keys: the chains of others and one's own, asked for, judged against what this device knew, remembered.
 * @module spec/4.5
 */
import { ApiError } from "@keypears/api";
import {
  type Address,
  type Bytes,
  type ChainJudgment,
  type CheckedRecord,
  type Hash,
  type Pin,
  type PublicKeys,
  type PublishedRecord,
  type Reason,
  type Signature,
  equalBytes,
  judgeChain,
  pinOf,
  safetyNumber,
  verifyChain,
} from "@keypears/protocol";
import * as z from "zod/mini";
import type { Api } from "./api.ts";
import { ClientError } from "./errors.ts";
import type { Clock, DeviceStore } from "./ports.ts";

/** How long a chain that ends before the pin is asked for again before it counts as a fork, in milliseconds (spec/4.5). */
const SHORTER_PATIENCE = 10 * 60_000;
/** The most records in a page, and the most pages of one chain: ten rotations a day for a quarter of a century (spec/4.4). */
const PAGE = 100;
const MOST_PAGES = 1000;
/** How many chains stay in memory. */
const MOST_CHAINS = 1000;

/** One published record of somebody. */
export interface RecordView {
  readonly number: number;
  readonly reason: Reason;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly hash: Hash;
  /** Null in a revoked record. */
  readonly keys: PublicKeys | null;
}

/** Somebody's published keys, against what this device knew of them (spec/4.5). */
export interface Contact {
  readonly address: Address;
  /** Messages are sent in `first`, `same` and `rotated` alone. */
  readonly state: ChainJudgment["verdict"];
  /** All published records, the oldest first. */
  readonly records: readonly RecordView[];
  /** The newest record: what `acknowledge` and `markVerified` take. */
  readonly newest: Pin;
  /** Records after the one that was known. */
  readonly since: readonly RecordView[];
  /** 60 digits (spec/4.6); null for one's own address. */
  readonly safetyNumber: string | null;
  /** Whether the user has compared safety numbers, and no reset or fork has come since. */
  readonly verified: boolean;
}

/** A verified chain and what it is to this device. */
export interface KnownChain {
  readonly address: Address;
  readonly state: ChainJudgment["verdict"];
  /** What the server shows now. */
  readonly shown: readonly CheckedRecord[];
  /** What messages are judged by: what is shown, or in a fork and while records are missing, what was accepted before. */
  readonly records: readonly CheckedRecord[];
  readonly since: readonly CheckedRecord[];
  /** The newest record that counts as accepted. */
  readonly pin: Pin;
  readonly verified: boolean;
  /** When the server was asked, by this device's clock. */
  readonly checkedAt: number;
}

/** A chain in memory: `links` are those of `shown`. */
interface Known {
  readonly chain: KnownChain;
  readonly links: readonly Link[];
}

/** A record with what it was published with. */
interface Link {
  readonly record: CheckedRecord;
  readonly published: PublishedRecord;
}

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
const bytes = z.custom<Bytes>(isBytes);
const signature = z.nullable(z.custom<Signature>(isBytes));
const stored = z.object({
  number: z.int().check(z.minimum(1)),
  hash: z.custom<Hash>(isBytes),
  /** The accepted chain, up to the pin. */
  records: z.array(z.object({ record: bytes, possession: signature, continuity: signature })),
  checkedAt: z.number(),
  /** Since when the server shows less than the pin; null where it does not. */
  shorterSince: z.nullable(z.number()),
  verified: z.boolean(),
});
/** What a device remembers of one address (spec/4.5). */
type Stored = z.output<typeof stored>;

/** The name under which a device remembers the keys of an address. */
function nameFor(address: Address): string {
  return `keys/${address}`;
}

/** What remembers a chain whose newest record is accepted. */
export function acceptedChain(
  published: readonly PublishedRecord[],
  records: readonly CheckedRecord[],
  now: number,
): [name: string, value: unknown] {
  const newest = records.at(-1);
  if (newest === undefined) throw new RangeError("records: at least one");
  const fresh = { records: published.map(plain), checkedAt: now, shorterSince: null };
  return [nameFor(newest.address), { ...pinOf(newest), ...fresh, verified: false }];
}

function plain({ record, possession, continuity }: PublishedRecord): PublishedRecord {
  return { record, possession, continuity };
}

/** Chains, judged and remembered. */
export class Directory {
  readonly #api: Api;
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #known = new Map<Address, Known>();
  readonly #asking = new Map<Address, Promise<KnownChain>>();
  readonly #listeners = new Set<(chain: KnownChain) => void>();

  constructor(given: { readonly api: Api; readonly store: DeviceStore; readonly clock: Clock }) {
    this.#api = given.api;
    this.#store = given.store;
    this.#clock = given.clock;
  }

  /**
   * The chain of an address (spec/4.5), asked for unless it was within `maxAge` milliseconds and nothing was wrong with it.
   * Rejects with `keys_refused` for what is no chain, and with what the server says.
   */
  async chain(address: Address, maxAge: number): Promise<KnownChain> {
    const before = await this.remembered(address);
    if (before !== null && isSound(before.state)) {
      const age = this.#clock.now() - before.checkedAt;
      if (age >= 0 && age <= maxAge) return before;
    }
    return this.ask(address);
  }

  /** The chain of an address, asked for now; one question for all who ask at once. */
  ask(address: Address): Promise<KnownChain> {
    const under = this.#asking.get(address);
    if (under !== undefined) return under;
    const asking = this.#ask(address).finally(() => this.#asking.delete(address));
    this.#asking.set(address, asking);
    return asking;
  }

  /** What this device knew of an address before it asks, or null. */
  async remembered(address: Address): Promise<KnownChain | null> {
    const inMemory = this.#known.get(address);
    const read = stored.safeParse(await this.#store.read(nameFor(address)));
    if (!read.success) return null;
    // Another tab or process may have accepted something since.
    if (inMemory !== undefined && samePin(inMemory.chain.pin, read.data)) return inMemory.chain;
    const links = await linksOf(address, read.data);
    if (links === null) return null;
    const records = links.map(({ record }) => record);
    const { number, hash, checkedAt, verified, shorterSince } = read.data;
    const chain: KnownChain = {
      address,
      state: shorterSince === null ? "same" : "shorter",
      shown: records,
      records,
      since: [],
      pin: { number, hash },
      verified,
      checkedAt,
    };
    this.#keep(chain, links);
    return chain;
  }

  /**
   * The user has looked at the newest record, or compared safety numbers (spec/4.5, spec/4.6), and accepts the chain as it is
   * shown: `newest` is what the user saw, and has to be what the server still shows.
   */
  async accept(address: Address, newest: Pin, verified: boolean): Promise<KnownChain> {
    await this.ask(address);
    const { chain, links } = this.#known.get(address) as Known;
    const { state } = chain;
    const compared = verified && state !== "revoked";
    if (!compared && !isSound(state) && state !== "reset") throw refusalOf(chain);
    const record = chain.shown.at(-1) as CheckedRecord;
    if (!samePin(pinOf(record), newest)) {
      throw new ClientError("keys_reset", { reason: "another record is the newest now" });
    }
    const now = this.#clock.now();
    const [name, value] = acceptedChain(
      links.map(({ published }) => published),
      chain.shown,
      now,
    );
    await this.#store.change(name, () => ({ ...(value as Stored), verified }));
    const accepted: KnownChain = {
      ...chain,
      state: "same",
      records: chain.shown,
      since: [],
      pin: pinOf(record),
      verified,
      checkedAt: now,
    };
    this.#keep(accepted, links);
    return accepted;
  }

  /** Takes back that safety numbers were compared. */
  async unverify(address: Address): Promise<KnownChain> {
    await this.#store.change(nameFor(address), (value) => {
      const read = stored.safeParse(value);
      return read.success ? { ...read.data, verified: false } : value;
    });
    return this.ask(address);
  }

  /** Addresses whose records are missing at present: to be asked for again (spec/4.5). */
  shorter(): Address[] {
    return [...this.#known.values()].flatMap(({ chain }) =>
      chain.state === "shorter" ? [chain.address] : [],
    );
  }

  /** Calls `listener` whenever a chain is not what it was, until the function that comes back is called. */
  onChange(listener: (chain: KnownChain) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what is in memory: somebody else logs in. */
  clear(): void {
    this.#known.clear();
  }

  async #ask(address: Address): Promise<KnownChain> {
    await this.remembered(address);
    const before = this.#known.get(address) ?? null;
    const links = await this.#fetch(address, before?.links ?? []);
    const shown = links.map(({ record }) => record);
    const now = this.#clock.now();
    let judged: Judged | null = null;
    await this.#store.change(nameFor(address), (value) => {
      const read = stored.safeParse(value);
      judged = judge({
        known: read.success ? read.data : null,
        before: before?.chain ?? null,
        links,
        now,
      });
      return judged.stored;
    });
    if (judged === null) throw new ClientError("not_logged_in");
    const { stored: kept, state, since } = judged as Judged;
    const sound = state !== "shorter" && state !== "fork";
    const chain: KnownChain = {
      address,
      state,
      shown,
      records: sound ? shown : (before?.chain.records ?? []),
      since,
      pin: { number: kept.number, hash: kept.hash },
      verified: kept.verified,
      checkedAt: now,
    };
    this.#keep(chain, links);
    if (isNews(before?.chain ?? null, chain)) for (const tell of this.#listeners) tell(chain);
    return chain;
  }

  /** All pages of a chain, verified. What was verified before, byte for byte, is not verified again. */
  async #fetch(address: Address, known: readonly Link[]): Promise<Link[]> {
    const links: Link[] = [];
    for (let page = 0; page < MOST_PAGES; page++) {
      const from = links.length + 1;
      const answer = await this.#api.directory.lookUp(from === 1 ? { address } : { address, from });
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

  #keep(chain: KnownChain, links: readonly Link[]): void {
    this.#known.delete(chain.address);
    this.#known.set(chain.address, { chain, links });
    if (this.#known.size <= MOST_CHAINS) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

interface Judged {
  readonly state: ChainJudgment["verdict"];
  readonly since: readonly CheckedRecord[];
  readonly stored: Stored;
}

/** Facts in, decision out: what a verified answer is to what was remembered, and what is to be remembered now (spec/4.5). */
function judge(options: {
  readonly known: Stored | null;
  readonly before: KnownChain | null;
  readonly links: readonly Link[];
  readonly now: number;
}): Judged {
  const { known, before, links, now } = options;
  const shown = links.map(({ record }) => record);
  const pin = known === null ? null : { number: known.number, hash: known.hash };
  const { verdict, newest, since } = judgeChain(pin, shown);
  if (known === null || verdict === "first" || verdict === "same" || verdict === "rotated") {
    const records = links.map(({ published }) => plain(published));
    const fresh = { records, checkedAt: now, shorterSince: null };
    const verified = known?.verified ?? false;
    return { state: verdict, since, stored: { ...pinOf(newest), ...fresh, verified } };
  }
  // Not fresh, so that nobody, in this process or another, goes on with it without asking.
  const kept = { ...known, checkedAt: 0 };
  if (verdict === "shorter") {
    const accepted = before?.records ?? [];
    const agrees = shown.every((record, index) => {
      const other = accepted[index];
      return other === undefined || equalBytes(other.hash, record.hash);
    });
    const shorterSince = known.shorterSince ?? now;
    const patient = agrees && now - shorterSince <= SHORTER_PATIENCE;
    const verified = known.verified && patient;
    return {
      state: patient ? "shorter" : "fork",
      since: [],
      stored: { ...kept, shorterSince, verified },
    };
  }
  const verified = known.verified && verdict === "revoked";
  return { state: verdict, since, stored: { ...kept, shorterSince: null, verified } };
}

/** The links of what a device remembers, verified as if they had just come; null where they do not hold. */
async function linksOf(
  address: Address,
  { records, number, hash }: Stored,
): Promise<Link[] | null> {
  const verified = await verifyChain(address, records);
  if (!verified.ok) return null;
  const newest = verified.records.at(-1);
  if (newest === undefined || !samePin(pinOf(newest), { number, hash })) return null;
  return verified.records.map((record, index) => ({
    record,
    published: records[index] as PublishedRecord,
  }));
}

function samePin(a: Pin, b: Pin): boolean {
  return a.number === b.number && equalBytes(a.hash, b.hash);
}

/** Whether messages are sent to a chain in this state (spec/4.5). */
export function isSound(state: ChainJudgment["verdict"]): boolean {
  return state === "first" || state === "same" || state === "rotated";
}

/** Why nothing is sent to a chain that is not sound (spec/4.5). */
export function refusalOf({ state }: Pick<KnownChain, "state">): ClientError {
  if (state === "reset") return new ClientError("keys_reset");
  if (state === "revoked") return new ClientError("keys_revoked");
  return new ClientError(state === "shorter" ? "keys_shorter" : "keys_fork");
}

/** Whether a chain is worth telling: nobody is told twice of the same. */
function isNews(before: KnownChain | null, now: KnownChain): boolean {
  if (now.state === "rotated") return true;
  if (before === null) return !isSound(now.state);
  if (isSound(before.state) && isSound(now.state)) return false;
  const [was, is] = [before.shown.at(-1), now.shown.at(-1)];
  return (
    before.state !== now.state ||
    was === undefined ||
    is === undefined ||
    !equalBytes(was.hash, is.hash)
  );
}

/** Whether the address has no chain that could be used, as far as its server says (spec/12.1). */
export function isUnknown(error: unknown): boolean {
  if (error instanceof ClientError) return error.code === "keys_refused";
  const codes = ["no_such_user", "not_ready", "federation_unavailable", "misdirected"];
  return error instanceof ApiError && codes.includes(error.code);
}

/** A chain as it is shown, with the safety number of both ends (spec/4.6): of one's own the record that this device accepts. */
export async function contactOf(chain: KnownChain, own: KnownChain): Promise<Contact> {
  const newest = pinOf(chain.shown.at(-1) as CheckedRecord);
  const digits =
    chain.address === own.address
      ? null
      : await safetyNumber(
          { address: own.address, recordHash: own.pin.hash },
          { address: chain.address, recordHash: newest.hash },
        );
  return {
    address: chain.address,
    state: chain.state,
    records: chain.shown.map(recordView),
    newest,
    since: chain.since.map(recordView),
    safetyNumber: digits,
    verified: chain.verified,
  };
}

function recordView({ number, reason, createdAt, hash, keys }: CheckedRecord): RecordView {
  return { number, reason, createdAt, hash, keys };
}
