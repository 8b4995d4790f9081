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
import { readChain } from "./pages.ts";
import type { Clock, CompareDirectly, DeviceStore, DirectSaying, Link, Ports } from "./ports.ts";

/** How long a chain that ends before the pin is asked for again before it counts as a fork, in milliseconds (spec/4.5). */
const SHORTER_PATIENCE = 10 * 60_000;
/** After how long a domain that could not be asked is asked again before somebody is written to, in milliseconds. */
const DIRECT_PAUSE = 10 * 60_000;
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
  /**
   * What the domain of the address itself said when it was last asked, or why it could not be; null where only the own
   * server was, or the own server is the one that serves that domain. `different` is a fork, unless the user has compared
   * safety numbers.
   */
  readonly direct: DirectSaying | null;
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
  /** What the domain itself said, and when it was asked; null where it never was. */
  readonly direct: Direct | null;
}

/** A chain in memory: `links` are those of `shown`. */
interface Known {
  readonly chain: KnownChain;
  readonly links: readonly Link[];
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
  /** Left out by devices that never asked a domain itself. */
  direct: z.optional(
    z.object({
      says: z.nullable(z.custom<DirectSaying>((value) => typeof value === "string")),
      at: z.number(),
    }),
  ),
});
/** What a device remembers of one address (spec/4.5). */
type Stored = z.output<typeof stored>;
/** What a domain itself said of an address, and when, by this device's clock; `says` is null where that is the own server. */
type Direct = NonNullable<Stored["direct"]>;

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
  readonly #direct: CompareDirectly | undefined;
  readonly #known = new Map<Address, Known>();
  readonly #asking = new Map<string, Promise<KnownChain>>();
  readonly #listeners = new Set<(chain: KnownChain) => void>();

  constructor(given: { readonly api: Api } & Pick<Ports, "store" | "clock" | "direct">) {
    this.#api = given.api;
    this.#store = given.store;
    this.#clock = given.clock;
    this.#direct = given.direct;
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

  /**
   * The chain of an address to write to: as `chain`, and compared with what its domain itself says until both have agreed on
   * keys that can be written to (spec/4.5). The device remembers that, so that the domain is not asked each time.
   */
  async chainToWrite(address: Address, maxAge: number): Promise<KnownChain> {
    const known = await this.remembered(address);
    if (this.#direct !== undefined && this.#isDue(known)) return this.askBoth(address);
    return maxAge === 0 ? this.ask(address) : this.chain(address, maxAge);
  }

  /** Whether a domain is to be asked before somebody is written to. */
  #isDue(known: KnownChain | null): boolean {
    if (!known?.direct || known.direct.says === "different") return true;
    // A reset that the domain has shown is not forgotten because the own server hides it; what is not good is kept as of 0.
    if (known.direct.says === "same") return !isSound(known.state) || known.checkedAt === 0;
    return this.#clock.now() - known.direct.at >= DIRECT_PAUSE;
  }

  /** The chain of an address, asked for now; one question for all who ask at once. */
  ask(address: Address): Promise<KnownChain> {
    return this.#once(address, () => this.#ask(address, null));
  }

  /**
   * As `ask`, and the domain of the address is asked as well, where that is possible (spec/4.5): the longer answer counts,
   * a difference is a fork. For what the user does, and never because a message has arrived.
   */
  askBoth(address: Address): Promise<KnownChain> {
    const direct = this.#direct;
    if (direct === undefined) return this.ask(address);
    return this.#once(`both ${address}`, () => this.#ask(address, direct));
  }

  #once(name: string, ask: () => Promise<KnownChain>): Promise<KnownChain> {
    const under = this.#asking.get(name);
    if (under !== undefined) return under;
    const asking = ask().finally(() => this.#asking.delete(name));
    this.#asking.set(name, asking);
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
    const { number, hash, checkedAt, verified, shorterSince, direct = null } = read.data;
    const chain: KnownChain = {
      address,
      state: shorterSince === null ? "same" : "shorter",
      shown: records,
      records,
      since: [],
      pin: { number, hash },
      verified,
      checkedAt,
      direct,
    };
    this.#keep(chain, links);
    return chain;
  }

  /**
   * The user has looked at the newest record, or compared safety numbers (spec/4.5, spec/4.6), and accepts the chain as it is
   * shown: `newest` is what the user saw, and has to be what the server still shows.
   */
  async accept(address: Address, newest: Pin, verified: boolean): Promise<KnownChain> {
    await this.askBoth(address);
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
    const direct = chain.direct ?? undefined;
    await this.#store.change(name, () => ({ ...(value as Stored), verified, direct }));
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

  async #ask(address: Address, compare: CompareDirectly | null): Promise<KnownChain> {
    await this.remembered(address);
    const before = this.#known.get(address) ?? null;
    const own = await readChain(address, before?.links ?? [], (from) =>
      this.#api.directory.lookUp(from === undefined ? { address } : { address, from }),
    );
    const compared = (await compare?.(address, own)) ?? null;
    const links = compared?.links ?? own;
    const shown = links.map(({ record }) => record);
    const now = this.#clock.now();
    const direct = compared && { says: compared.says, at: now };
    let judged: Judged | null = null;
    await this.#store.change(nameFor(address), (value) => {
      const read = stored.safeParse(value);
      judged = judge({
        known: read.success ? read.data : null,
        before: before?.chain ?? null,
        links,
        direct,
        now,
      });
      return judged.stored ?? value;
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
      pin: kept === null ? pinOf(shown.at(-1) as CheckedRecord) : pick(kept),
      verified: kept?.verified ?? false,
      checkedAt: now,
      direct: kept === null ? direct : (kept.direct ?? null),
    };
    this.#keep(chain, links);
    if (isNews(before?.chain ?? null, chain)) for (const tell of this.#listeners) tell(chain);
    return chain;
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
  /** What is to be remembered; null for nothing. */
  readonly stored: Stored | null;
}

/** Facts in, decision out: what a verified answer is to what was remembered, and what is to be remembered now (spec/4.5). */
function judge(options: {
  readonly known: Stored | null;
  readonly before: KnownChain | null;
  readonly links: readonly Link[];
  /** What the domain itself said now; null where it was not asked. */
  readonly direct: Direct | null;
  readonly now: number;
}): Judged {
  const { known, before, links, now } = options;
  const shown = links.map(({ record }) => record);
  const pin = known && pick(known);
  const { verdict, newest, since } = judgeChain(pin, shown);
  const direct = options.direct ?? known?.direct;
  // What two people have compared holds, whatever a domain says.
  const differs = direct?.says === "different" && !(known?.verified === true && isSound(verdict));
  if (!differs && (known === null || isSound(verdict))) {
    const records = links.map(({ published }) => plain(published));
    const fresh = { records, checkedAt: now, shorterSince: null };
    const verified = known?.verified ?? false;
    return { state: verdict, since, stored: { ...pinOf(newest), ...fresh, verified, direct } };
  }
  if (known === null) return { state: "fork", since: [], stored: null };
  // Not fresh, so that nobody, in this process or another, goes on with it without asking.
  const kept = { ...known, checkedAt: 0, direct };
  if (differs) return { state: "fork", since: [], stored: { ...kept, verified: false } };
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

function pick({ number, hash }: Stored): Pin {
  return { number, hash };
}

function samePin(a: Pin, b: Pin): boolean {
  return a.number === b.number && equalBytes(a.hash, b.hash);
}

/** Whether messages are sent to a chain in this state (spec/4.5). */
export function isSound(state: ChainJudgment["verdict"]): boolean {
  return state === "first" || state === "same" || state === "rotated";
}

/** Why nothing is sent to a chain that is not sound (spec/4.5). */
export function refusalOf({ state, direct }: Pick<KnownChain, "state" | "direct">): ClientError {
  if (state === "fork" && direct?.says === "different") {
    return new ClientError("keys_fork", { reason: "directories" });
  }
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
    direct: chain.direct?.says ?? null,
  };
}

/** A record as it is shown. */
export function recordView({ number, reason, createdAt, hash, keys }: CheckedRecord): RecordView {
  return { number, reason, createdAt, hash, keys };
}
