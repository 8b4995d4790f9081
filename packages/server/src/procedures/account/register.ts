import { ApiError, type Input, type contract } from "@keypears/api";
import {
  type CheckedRecord,
  type Hash,
  CLAIM_LEASE,
  KDF_SUITE,
  VERIFIER_SALT_BYTES,
  WRAP_BYTES,
  addressSubject,
  domainOf,
  equalBytes,
  hashRecord,
  judgeClaim,
  judgeNewRecord,
} from "@keypears/protocol";
import type { Context } from "../../context.ts";
import { activeKey, findAccount, insertAccount } from "../../store/accounts.ts";
import {
  findClaim,
  insertClaim,
  leaseClaim,
  releaseClaim,
  spendClaim,
} from "../../store/claims.ts";
import { insertKeySet } from "../../store/key-records.ts";
import type { AccountRow } from "../../store/schema.ts";
import type { Handler } from "../handler.ts";
import { judgeNewName } from "./new-name.ts";
import { handOver, makeToken, storeSession } from "./new-session.ts";

type FoundClaim = Awaited<ReturnType<typeof findClaim>>;
type Registration = Input<typeof contract.account.register>;

const KIND_PASSWORD = 1;
const FIRST_GENERATION = 1;

export const register: Handler<typeof contract.account.register> = async (context, call, input) => {
  const { config, log, store, verifiers, random, limits, actsFor } = context;
  const { address, loginKey, solution, transport, wraps } = input;
  if (!actsFor(domainOf(address))) throw new ApiError("misdirected");
  const { isOwn } = call;
  const name = judgeNewName({ config, isOwn }, address);
  if (name !== "ok") throw new ApiError(name === "form" ? "address_form" : "address_reserved");
  if (config.registration === "closed" && !isOwn) throw new ApiError("registration_closed");
  if (input.kdfSuite !== KDF_SUITE) throw new ApiError("unknown_suite");
  refuseOddWraps(wraps);
  limits.take("signup", call.source);

  const hash = await hashRecord(input.record.record);
  const taken = await findAccount(store.db, address);
  if (taken !== undefined) return repeatOf(taken, hash);
  const existing = await findClaim(store.db, solution.challenge.seed);
  // A record has to be new when its work is claimed; who tries again need not make another (spec/7.4).
  const judgedAt =
    existing?.binding && equalBytes(existing.binding, hash)
      ? existing.claimedAt
      : await store.now();
  const record = await judgeFirstRecord(input, judgedAt);
  await claim(context, input, record, existing);

  const { seed } = solution.challenge;
  try {
    const salt = random(VERIFIER_SALT_BYTES);
    const verifier = await verifiers.derive(loginKey, salt);
    const now = await store.now();
    const session = await makeToken(context, now);
    const made = await store.transaction(async (tx) => {
      const accountId = await insertAccount(tx, {
        address,
        created_at: now,
        kdf_suite: input.kdfSuite,
        password_generation: FIRST_GENERATION,
        verifier,
        verifier_salt: salt,
        active_number: record.number,
        active_hash: record.hash,
        first_record_hash: record.hash,
      });
      if (accountId === null) return false;
      const set = { accountId, record, wraps, kdfSuite: input.kdfSuite };
      const published = { ...input.record };
      await insertKeySet(tx, {
        ...set,
        published,
        kind: KIND_PASSWORD,
        generation: FIRST_GENERATION,
      });
      await storeSession(tx, session, { accountId, userAgent: call.userAgent, now });
      await spendClaim(tx, seed);
      return true;
    });
    if (!made) return repeatOf(await findAccount(store.db, address), hash);
    return {
      session: handOver(call, session, transport),
      activeKey: { number: record.number, hash: record.hash },
    };
  } catch (error) {
    // Where even this fails, the next attempt waits until the lease has run out.
    await store
      .transaction((tx) => releaseClaim(tx, seed))
      .catch((err: unknown) => log.warn({ err }, "a claim was not released"));
    throw error;
  }
};

/** Wraps have exact sizes; another size cannot open (spec/4.7). */
function refuseOddWraps({ agreement, signing, vaultSeed }: Registration["wraps"]): void {
  const right =
    agreement.length === WRAP_BYTES.agreement &&
    signing.length === WRAP_BYTES.signing &&
    vaultSeed.length === WRAP_BYTES["vault-seed"];
  if (!right) throw new ApiError("invalid_input", { reason: "wraps" });
}

async function judgeFirstRecord(
  { address, record: published }: Registration,
  now: number,
): Promise<CheckedRecord> {
  const judged = await judgeNewRecord({ address, current: null, published, now });
  if (judged.ok) return judged.record;
  if (judged.reason === "suite") throw new ApiError("unknown_suite");
  throw new ApiError("record_refused", { reason: judged.reason });
}

/** The address has an account: of this very record, then this is a repeat, told that it succeeded; else it is taken. */
function repeatOf(account: AccountRow | undefined, hash: Hash) {
  if (account === undefined || !equalBytes(account.first_record_hash, hash)) {
    throw new ApiError("address_taken");
  }
  return { session: null, activeKey: activeKey(account) };
}

/** Claims the work for this record, or takes up an earlier attempt at the same (spec/7.4); committed alone. */
async function claim(
  { proof, store }: Context,
  { address, solution }: Registration,
  record: CheckedRecord,
  existing: FoundClaim,
): Promise<void> {
  const { seed, expiresAt } = solution.challenge;
  const now = await store.now();
  const leaseUntil = now + CLAIM_LEASE;
  const verdict = judgeClaim({ existing, binding: record.hash, resumableUntil: expiresAt, now });
  switch (verdict) {
    case "claim": {
      await proof.verify(solution, {
        domain: domainOf(address),
        purposes: ["register"],
        subject: addressSubject(address),
      });
      const first = await store.transaction((tx) =>
        insertClaim(tx, {
          seed,
          binding: record.hash,
          state: "claimed",
          leaseUntil,
          now,
          expiresAt,
        }),
      );
      if (!first) throw new ApiError("work_in_progress");
      return;
    }
    case "resume": {
      const held = await store.transaction((tx) =>
        leaseClaim(tx, seed, { now, until: leaseUntil }),
      );
      if (!held) throw new ApiError("work_in_progress");
      return;
    }
    case "busy":
      throw new ApiError("work_in_progress");
    case "same":
    case "expired":
    case "other":
      throw new ApiError("work_spent");
  }
}
