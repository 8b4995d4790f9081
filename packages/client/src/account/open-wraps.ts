/**
 * What a log-in or a step-up brings: the account's own chain, and the key sets that its password opens.
 * @module spec/4.7
 */
import type { Output, StoredWraps, contract } from "@keypears/api";
import {
  type Address,
  type CheckedRecord,
  type EncryptionKey,
  KDF_SUITE,
  type OpenKeySet,
  unwrapKeySet,
} from "@keypears/protocol";
import { ClientError } from "../errors.ts";

/** Wraps under the password, not under the recovery kit (spec/4.9). */
const KIND_PASSWORD = 1;

/** A part of what a log-in answers. */
export type Wrapped = Pick<Output<typeof contract.account.stepUp>, "passwordGeneration" | "wraps">;

/** The key sets of an account, as one password opens them. */
export interface OpenedSets {
  readonly keys: readonly OpenKeySet[];
  /** Numbers of sets that are under an earlier password (spec/4.8). */
  readonly locked: readonly number[];
}

/**
 * Opens what the server keeps and tries it against the published records (spec/4.7). `wraps_refused` where the active set does
 * not open: it is under this password, or these are not the user's keys.
 */
export async function openWraps(options: {
  readonly address: Address;
  readonly encryptionKey: EncryptionKey;
  readonly records: readonly CheckedRecord[];
  readonly wrapped: Wrapped;
  readonly extractable: boolean;
}): Promise<OpenedSets> {
  const { records, wrapped } = options;
  const keys: OpenKeySet[] = [];
  const locked: number[] = [];
  const newest = records.at(-1);
  for (const record of records) {
    const found = wrapped.wraps.find(
      ({ number, kind }) => number === record.number && kind === KIND_PASSWORD,
    );
    const opened = await open(options, record, found);
    if (typeof opened !== "string") keys.push(opened);
    else if (record === newest) throw new ClientError("wraps_refused", { reason: opened });
    else if (found !== undefined) locked.push(record.number);
  }
  return { keys, locked };
}

async function open(
  options: Parameters<typeof openWraps>[0],
  record: CheckedRecord,
  found: StoredWraps | undefined,
): Promise<OpenKeySet | "missing" | "wrong_key" | "mismatch"> {
  const { address, encryptionKey, wrapped, extractable } = options;
  if (found === undefined || record.keys === null || found.kdfSuite > KDF_SUITE) return "missing";
  if (found.generation !== wrapped.passwordGeneration) return "wrong_key";
  const { agreement, signing, vaultSeed } = found.wraps;
  const opened = await unwrapKeySet({
    address,
    number: record.number,
    kdfSuite: found.kdfSuite,
    wraps: { agreement, signing, "vault-seed": vaultSeed },
    encryptionKey,
    keys: record.keys,
    extractable,
  });
  return opened.ok ? opened.keys : opened.reason;
}
