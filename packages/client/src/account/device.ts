/**
 * What this device keeps of an account: its session, its keys, and the KDF suite that it has seen (spec/4.10, spec/8.1).
 * Everything is one value of the store, so that a log-in, a log-out and an ended session happen as a whole, for every tab
 * and process at once.
 * @module spec/4.10
 */
import {
  type Address,
  type AgreementPublicKey,
  type Bytes,
  type CheckedRecord,
  type Id,
  type OpenKeySet,
  type SigningPublicKey,
  type StoredKeySet,
  equalBytes,
  exportKeySet,
  importKeySet,
  parseAddress,
  parseId,
} from "@keypears/protocol";
import * as z from "zod/mini";
import type { CallSession } from "../api.ts";
import { ClientError } from "../errors.ts";
import type { DeviceStore } from "../ports.ts";

const NAME = "account";

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
/** By its form: a key may come from another realm, where `instanceof` does not know it. */
const isKey = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "usages" in value && "algorithm" in value;

const bytes = z.custom<Bytes>(isBytes);
const keyNumber = z.int().check(z.minimum(1));
const address = z.custom<Address>(
  (value) => typeof value === "string" && parseAddress(value) === value,
);

/** What of an account outlives its session on a device: who it was, and the highest KDF suite seen (spec/3.2). */
const known = z.object({ address, kdfSuite: z.int().check(z.minimum(1)) });

const publicKeys = z.object({
  agreement: z.custom<AgreementPublicKey>(isBytes),
  signing: z.custom<SigningPublicKey>(isBytes),
});

/** Keys that cannot be exported, as a browser's store keeps them. */
const openSet = z.object({
  number: keyNumber,
  publicKeys,
  agreementKey: z.custom<CryptoKey>(isKey),
  signingKey: z.custom<CryptoKey>(isKey),
  vaultKey: z.custom<CryptoKey>(isKey),
});

/** Keys as bytes, as a file keeps them. */
const storedSet = z.object({
  number: keyNumber,
  publicKeys,
  agreement: bytes,
  signing: bytes,
  vaultKey: bytes,
});

const live = z.extend(known, {
  sessionId: z.custom<Id>((value) => typeof value === "string" && parseId(value) !== null),
  /** Null where a cookie carries it. */
  token: z.nullable(bytes),
  activeKey: keyNumber,
  keys: z.array(z.union([openSet, storedSet])),
  locked: z.array(keyNumber),
});

type Known = z.output<typeof known>;

/** An account that is logged in on this device. */
export type DeviceAccount = z.output<typeof live> & CallSession;

/** What a log-in brings. */
export interface NewAccount {
  readonly address: Address;
  readonly sessionId: Id;
  readonly token: Bytes | null;
  readonly kdfSuite: number;
  readonly activeKey: number;
  readonly keys: readonly OpenKeySet[];
  readonly locked: readonly number[];
}

/** The account on this device. */
export class Device {
  readonly store: DeviceStore;
  /** Key sets opened from the store, by what they were opened from: importing them costs milliseconds each. */
  #opened: { readonly sessionId: Id; readonly sets: ReadonlyMap<number, OpenKeySet> } | null = null;

  constructor(store: DeviceStore) {
    this.store = store;
  }

  /** Whoever is logged in, or null. */
  async account(): Promise<DeviceAccount | null> {
    const read = live.safeParse(await this.store.read(NAME));
    return read.success ? read.data : null;
  }

  /** Whoever is logged in; `not_logged_in` where nobody is. */
  async session(): Promise<DeviceAccount> {
    const account = await this.account();
    if (account === null) throw new ClientError("not_logged_in");
    return account;
  }

  /** What is remembered of the last account here, logged in or not. */
  async known(): Promise<Known | null> {
    const read = known.safeParse(await this.store.read(NAME));
    return read.success ? read.data : null;
  }

  /** The key sets that are open on this device, by number; `locked` where there are none. */
  async keySets(account: DeviceAccount): Promise<ReadonlyMap<number, OpenKeySet>> {
    const { sessionId, keys } = account;
    if (this.#opened?.sessionId === sessionId && this.#opened.sets.size === keys.length) {
      return this.#opened.sets;
    }
    const sets = new Map<number, OpenKeySet>();
    for (const stored of keys) {
      const open = "agreementKey" in stored ? stored : await importKeySet(stored);
      // Damaged: the password gives it again.
      if (open !== null) sets.set(open.number, open);
    }
    if (sets.size === 0) throw new ClientError("locked");
    this.#opened = { sessionId, sets };
    return sets;
  }

  /** Begins an account. What this device knew goes, unless it was of the same account. */
  async begin(account: NewAccount, values: Readonly<Record<string, unknown>>): Promise<void> {
    const before = await this.known();
    const value = { ...account, keys: await this.#toStore(account.keys) };
    const keep = before?.address === account.address;
    await this.store.begin({ ...values, [NAME]: value }, { keep });
    this.#remember(account);
  }

  /** Puts other keys in the place of those that are there, within the same session. */
  async replaceKeys(account: NewAccount): Promise<void> {
    const keys = await this.#toStore(account.keys);
    await this.store.change(NAME, (value) => {
      const now = live.safeParse(value);
      if (!now.success || now.data.sessionId !== account.sessionId) return value;
      const { kdfSuite, activeKey, locked } = account;
      return { ...now.data, kdfSuite, activeKey, locked, keys };
    });
    this.#remember(account);
  }

  /** Forgets session and keys of a session that has ended, and no other's: somebody may have logged in again meanwhile. */
  async end(session: Pick<DeviceAccount, "sessionId">): Promise<void> {
    await this.store.change(NAME, (value) => {
      const now = live.safeParse(value);
      if (!now.success || now.data.sessionId !== session.sessionId) return value;
      return { address: now.data.address, kdfSuite: now.data.kdfSuite };
    });
    this.#opened = null;
  }

  /** Deletes everything. */
  async clear(): Promise<void> {
    this.#opened = null;
    await this.store.clear();
  }

  #remember({ sessionId, keys }: NewAccount): void {
    this.#opened = { sessionId, sets: new Map(keys.map((set) => [set.number, set])) };
  }

  async #toStore(keys: readonly OpenKeySet[]): Promise<readonly (StoredKeySet | OpenKeySet)[]> {
    return this.store.keys === "extractable" ? Promise.all(keys.map(exportKeySet)) : keys;
  }
}

/**
 * The active key set of one's own, by the newest record that is published: `locked` where it is not on this device,
 * `own_keys_changed` where the record has other keys than the set of that number.
 */
export function activeSet(
  sets: ReadonlyMap<number, OpenKeySet>,
  newest: CheckedRecord,
): OpenKeySet {
  const set = sets.get(newest.number);
  if (set === undefined) throw new ClientError("locked");
  if (newest.keys === null || !equalBytes(newest.keys.signing, set.publicKeys.signing)) {
    throw new ClientError("own_keys_changed", { reason: "keys" });
  }
  return set;
}
