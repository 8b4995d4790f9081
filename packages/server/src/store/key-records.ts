/** Key records as published, and the wraps beside them (spec/4.4, spec/4.7). */
import type { Box, CheckedRecord, PublishedRecord, Signature } from "@keypears/protocol";
import { parseRecord } from "@keypears/protocol";
import type { Hash } from "@keypears/protocol";
import type { KeyRecordRow, KeyWrapRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** The boxes of one key set. */
export interface Wraps {
  readonly agreement: Box;
  readonly signing: Box;
  readonly vaultSeed: Box;
}

/** Records of an account in order, from a number on, `most` at the most. */
export function listKeyRecords(
  db: Queries,
  accountId: number,
  { from = 1, most }: { readonly from?: number; readonly most: number },
): Promise<KeyRecordRow[]> {
  return db
    .selectFrom("key_records")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("number", ">=", from)
    .orderBy("number")
    .limit(most)
    .execute();
}

/** A row as the record that is published. */
export function publishedOf(row: KeyRecordRow): PublishedRecord {
  return {
    record: row.record,
    possession: row.possession as Signature | null,
    continuity: row.continuity as Signature | null,
  };
}

/** A row as the record that it was found to be when it was stored. */
export function checkedOf(row: KeyRecordRow): CheckedRecord {
  const record = parseRecord(row.record);
  if (record === null) throw new Error("a stored key record does not parse");
  return { ...record, bytes: row.record, hash: row.hash as Hash };
}

/** Adds a record with the wraps of its set. */
export async function insertKeySet(
  tx: Queries,
  options: {
    readonly accountId: number;
    readonly record: CheckedRecord;
    readonly published: PublishedRecord;
    readonly wraps: Wraps;
    readonly kind: number;
    readonly generation: number;
    readonly kdfSuite: number;
  },
): Promise<void> {
  const { accountId, record, published, wraps, kind, generation, kdfSuite } = options;
  await tx
    .insertInto("key_records")
    .values({
      account_id: accountId,
      number: record.number,
      record: record.bytes,
      hash: record.hash,
      possession: published.possession,
      continuity: published.continuity,
    })
    .execute();
  const place = {
    account_id: accountId,
    number: record.number,
    kind,
    generation,
    kdf_suite: kdfSuite,
  };
  await tx
    .insertInto("key_wraps")
    .values([
      { ...place, role: "agreement", box: wraps.agreement },
      { ...place, role: "signing", box: wraps.signing },
      { ...place, role: "vault-seed", box: wraps.vaultSeed },
    ])
    .execute();
}

/** All wraps of an account, set by set. */
export async function listWraps(
  db: Queries,
  accountId: number,
): Promise<{ number: number; kind: number; generation: number; kdfSuite: number; wraps: Wraps }[]> {
  const rows = await db
    .selectFrom("key_wraps")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("number")
    .orderBy("kind")
    .execute();
  const sets = Map.groupBy(rows, ({ number, kind }) => `${number} ${kind}`);
  return [...sets.values()].flatMap((set) => {
    const [first] = set;
    if (first === undefined) return [];
    const { number, kind, generation, kdf_suite: kdfSuite } = first;
    const wraps = {
      agreement: box(set, "agreement"),
      signing: box(set, "signing"),
      vaultSeed: box(set, "vault-seed"),
    };
    return [{ number, kind, generation, kdfSuite, wraps }];
  });
}

function box(set: readonly KeyWrapRow[], role: KeyWrapRow["role"]): Box {
  const row = set.find((one) => one.role === role);
  if (row === undefined) throw new Error("a stored key set lacks a wrap");
  return row.box as Box;
}
