/**
 * Judging the key records of an address: whether they are a chain, and whether it is the chain that was known.
 * @module spec/4.5
 */
import type { Address } from "../address.ts";
import { equalBytes } from "../bytes/encoding.ts";
import {
  type Hash,
  SUITE,
  type Signature,
  type SigningPublicKey,
  importAgreementPublic,
  importSigningPublic,
  verifyBytes,
} from "../keys.ts";
import {
  type CheckedRecord,
  type KeyRecord,
  type PublishedRecord,
  continuityBytes,
  hashRecord,
  parseRecord,
  possessionBytes,
  recordSuite,
} from "./record.ts";

/** How far the time of a new record may be from its server's clock, either way, in milliseconds (spec/4.4). */
export const RECORD_WINDOW = 5 * 60_000;

/** What can be wrong with a link of a chain, in the order in which it is judged (spec/4.5). */
export type ChainFault =
  | "encoding"
  | "suite"
  | "address"
  | "number"
  | "reason"
  | "previous"
  | "time"
  | "possession"
  | "continuity";

type Link =
  | { readonly ok: true; readonly record: CheckedRecord }
  | { readonly ok: false; readonly reason: ChainFault };

/**
 * Whether published records are the chain of `address` (spec/4.5), from number 1 on, or from the one after `earlier`, the
 * last that was verified before, when a page continues. One fault and none of them counts: `at` is the number that the record
 * at fault should have had, `reason` the first thing that failed. No records are no chain (`number`, at 1), but a lawful
 * last page.
 */
export async function verifyChain(
  address: Address,
  published: readonly PublishedRecord[],
  earlier?: CheckedRecord,
): Promise<
  | { readonly ok: true; readonly records: readonly CheckedRecord[] }
  | { readonly ok: false; readonly reason: ChainFault; readonly at: number }
> {
  const records: CheckedRecord[] = [];
  let before = earlier ?? null;
  for (const one of published) {
    const link = await judgeLink(address, one, before);
    if (!link.ok) return { ok: false, reason: link.reason, at: (before?.number ?? 0) + 1 };
    records.push(link.record);
    before = link.record;
  }
  return before === null ? { ok: false, reason: "number", at: 1 } : { ok: true, records };
}

/**
 * Whether a server may take `published` as the next record of `address` (spec/4.4): a lawful link after `current`, its newest
 * record or null where it has none, and made within five minutes of `now` (else `clock`).
 */
export async function judgeNewRecord(options: {
  readonly address: Address;
  readonly current: CheckedRecord | null;
  readonly published: PublishedRecord;
  readonly now: number;
}): Promise<
  | { readonly ok: true; readonly record: CheckedRecord }
  | { readonly ok: false; readonly reason: ChainFault | "clock" }
> {
  const { address, current, published, now } = options;
  const link = await judgeLink(address, published, current);
  if (!link.ok) return link;
  // Negated, so that a clock that is no number is refused too.
  const near = Math.abs(now - link.record.createdAt) <= RECORD_WINDOW;
  return near ? link : { ok: false, reason: "clock" };
}

async function judgeLink(
  address: Address,
  published: PublishedRecord,
  before: CheckedRecord | null,
): Promise<Link> {
  const suite = recordSuite(published.record);
  if (suite === null) return { ok: false, reason: "encoding" };
  if (suite !== SUITE) return { ok: false, reason: "suite" };
  const record = parseRecord(published.record);
  if (record === null || !(await onCurve(record))) return { ok: false, reason: "encoding" };
  if (record.address !== address) return { ok: false, reason: "address" };
  if (record.number !== (before?.number ?? 0) + 1) return { ok: false, reason: "number" };
  if (!lawfulReason(record, before)) return { ok: false, reason: "reason" };
  if (!sameHash(record.previous, before?.hash ?? null)) return { ok: false, reason: "previous" };
  if (before !== null && record.createdAt <= before.createdAt) return { ok: false, reason: "time" };
  if (!(await lawfulPossession(record, published))) return { ok: false, reason: "possession" };
  if (!(await lawfulContinuity(record, published, before))) {
    return { ok: false, reason: "continuity" };
  }
  const bytes = published.record;
  return { ok: true, record: { ...record, bytes, hash: await hashRecord(bytes) } };
}

/** A key off the curve has the right form and opens nothing: its owner would get mail that nobody can seal. */
async function onCurve({ keys }: KeyRecord): Promise<boolean> {
  if (keys === null) return true;
  const imported = await Promise.all([
    importAgreementPublic(keys.agreement),
    importSigningPublic(keys.signing),
  ]);
  return !imported.includes(null);
}

/** The table of spec/4.2: `initial` first and only there, keys or none, only `reset` after `revoked`. */
function lawfulReason(record: KeyRecord, before: CheckedRecord | null): boolean {
  if ((record.reason === "initial") !== (before === null)) return false;
  if ((record.reason === "revoked") !== (record.keys === null)) return false;
  return before?.reason !== "revoked" || record.reason === "reset";
}

async function lawfulPossession(record: KeyRecord, published: PublishedRecord): Promise<boolean> {
  const { possession } = published;
  if (record.keys === null) return possession === null;
  if (possession === null) return false;
  return verifyBytes(record.keys.signing, possessionBytes(published.record), possession);
}

async function lawfulContinuity(
  record: KeyRecord,
  published: PublishedRecord,
  before: CheckedRecord | null,
): Promise<boolean> {
  const { continuity } = published;
  if (continuity === null) return record.reason !== "rotation";
  if (record.reason !== "rotation" && record.reason !== "revoked") return false;
  return signedBy(before?.keys?.signing, published, continuity);
}

async function signedBy(
  key: SigningPublicKey | undefined,
  published: PublishedRecord,
  continuity: Signature,
): Promise<boolean> {
  return key !== undefined && verifyBytes(key, continuityBytes(published.record), continuity);
}

function sameHash(a: Hash | null, b: Hash | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

/** The newest record of a contact that a client has accepted (spec/4.5). */
export interface Pin {
  readonly number: number;
  readonly hash: Hash;
}

/** What a verified chain is to somebody who may know an earlier state of it (spec/4.5). */
export interface ChainJudgment {
  /**
   * `first`: nothing was pinned. `same`: it ends at the pin. `rotated`: only rotations come after the pin. `reset`: a reset
   * comes after it. `revoked`: the newest record comes after it and is `revoked`. `shorter`: it ends before the pin; ask again
   * for ten minutes, then it is a fork. `fork`: another hash at the pinned number, a hard stop.
   */
  readonly verdict: "first" | "same" | "rotated" | "reset" | "shorter" | "fork" | "revoked";
  /** The last record of the chain. */
  readonly newest: CheckedRecord;
  /** The records after the pin, in order; all of them where nothing was pinned, none for `shorter` and `fork`. */
  readonly since: readonly CheckedRecord[];
}

/**
 * Judges a verified chain against what is pinned (spec/4.5). `RangeError` for no records, or for records that begin
 * after the pin: what `verifyChain` gave for the pages of an answer is joined first.
 */
export function judgeChain(pin: Pin | null, records: readonly CheckedRecord[]): ChainJudgment {
  const newest = records.at(-1);
  if (newest === undefined) throw new RangeError("records: at least one");
  if (pin === null) return { verdict: "first", newest, since: records };
  if (newest.number < pin.number) return { verdict: "shorter", newest, since: [] };
  const pinned = records.find((record) => record.number === pin.number);
  if (pinned === undefined) throw new RangeError("records: from the pinned one or before it");
  if (!equalBytes(pinned.hash, pin.hash)) return { verdict: "fork", newest, since: [] };
  const since = records.filter((record) => record.number > pin.number);
  return { verdict: judgeSince(since), newest, since };
}

function judgeSince(since: readonly CheckedRecord[]): "same" | "rotated" | "reset" | "revoked" {
  const reasons = since.map((record) => record.reason);
  if (reasons.at(-1) === undefined) return "same";
  if (reasons.at(-1) === "revoked") return "revoked";
  return reasons.every((reason) => reason === "rotation") ? "rotated" : "reset";
}

/** The pin that a chain's newest record makes (spec/4.5). */
export function pinOf(record: CheckedRecord): Pin {
  return { number: record.number, hash: record.hash };
}

/**
 * Which of two pins counts, when a device and the account record each have one (spec/4.5): the one with the higher
 * number; `fork` for two hashes at one number.
 */
export function preferPin(a: Pin, b: Pin): Pin | "fork" {
  if (a.number !== b.number) return a.number > b.number ? a : b;
  return equalBytes(a.hash, b.hash) ? a : "fork";
}

/**
 * Which of two verified answers counts (spec/4.5): the longer, when it continues the other; `fork` when they differ at a
 * number that both have. Both begin at the same number.
 */
export function preferLonger(
  a: readonly CheckedRecord[],
  b: readonly CheckedRecord[],
): readonly CheckedRecord[] | "fork" {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  for (const [index, record] of shorter.entries()) {
    const other = longer[index];
    if (other === undefined || !equalBytes(other.hash, record.hash)) return "fork";
  }
  return longer;
}
