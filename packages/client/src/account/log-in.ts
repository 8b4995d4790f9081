/**
 * Logging in, and opening the keys again within a session.
 * @module spec/8.1
 */
import type { Output, contract } from "@keypears/api";
import {
  type Address,
  type CheckedRecord,
  type PublishedRecord,
  equalBytes,
  verifyChain,
} from "@keypears/protocol";
import { acceptedChain, isSound } from "../directory.ts";
import { type Engine, forget } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { LongOptions } from "../progress.ts";
import type { DeviceAccount, NewAccount } from "./device.ts";
import { openWraps } from "./open-wraps.ts";
import { type PasswordKeys, provePassword } from "./prove.ts";

/** Up to so many records a log-in brings all of them; beyond, the rest is asked for (spec/4.4). */
const PAGE = 100;
/** More records than anybody has: ten rotations a day for years. */
const MOST_RECORDS = 10_000;

/** Who is logged in on this device. */
export interface SavedAccount {
  readonly address: Address;
  readonly sessionId: DeviceAccount["sessionId"];
  /** The number of the active key set. */
  readonly activeKey: number;
  /** Whether the keys are on this device; else `account.unlock` asks for the password. */
  readonly unlocked: boolean;
  /** Key sets that are under an earlier password (spec/4.8). */
  readonly locked: readonly number[];
}

/** Proves the password, opens the keys, keeps session and keys on this device (spec/8.1). */
export async function logIn(
  engine: Engine,
  options: LongOptions & {
    readonly address: Address;
    readonly password: string;
    readonly keys?: PasswordKeys;
  },
): Promise<SavedAccount> {
  const { address, signal } = options;
  const { device, session: transport } = engine;
  const proven = await provePassword(engine, {
    ...options,
    purpose: "login",
    hand: ({ loginKey }, solution) =>
      engine.api.account.logIn({ address, loginKey, solution, transport }, { signal }),
  });
  const { answer, encryptionKey, kdfSuite } = proven;
  if ((answer.session.token === null) !== (transport === "cookie")) {
    throw new ClientError("bad_answer", { reason: "session.token" });
  }
  const published = await allRecords(engine, address, answer.records);
  const chain = await verifyChain(address, published);
  if (!chain.ok) throw new ClientError("keys_refused", { reason: chain.reason });
  const { records } = chain;
  const extractable = device.store.keys === "extractable";
  const sets = await openWraps({ address, encryptionKey, records, wrapped: answer, extractable });
  const account: NewAccount = {
    ...sets,
    address,
    sessionId: answer.session.id,
    token: answer.session.token,
    kdfSuite,
    activeKey: (records.at(-1) as CheckedRecord).number,
  };
  await beginAccount(engine, account, { records, published });
  forget(engine);
  return savedAccount(account);
}

/** The records of a log-in, and where there are many, those that it may have left out. */
async function allRecords(
  { api }: Engine,
  address: Address,
  brought: readonly PublishedRecord[],
): Promise<readonly PublishedRecord[]> {
  const published = [...brought];
  let next = brought.length >= PAGE ? brought.length + 1 : null;
  while (next !== null) {
    const page: Output<typeof contract.keys.listRecords> = await api.keys.listRecords({
      address,
      from: next,
    });
    published.push(...page.records);
    ({ next } = page);
    const leads = page.records.length > 0 && published.length < MOST_RECORDS;
    if (next !== null && (!leads || next !== published.length + 1)) {
      throw new ClientError("bad_answer", { reason: "next" });
    }
  }
  return published;
}

/**
 * Keeps a log-in on this device. The own chain is accepted as it is, since the password opens its newest set, unless this
 * device knew another: then that stays, and the next look at it is an alarm (spec/4.5).
 */
async function beginAccount(
  { device, directory, ports }: Engine,
  account: NewAccount,
  own: {
    readonly records: readonly CheckedRecord[];
    readonly published: readonly PublishedRecord[];
  },
): Promise<void> {
  const before = await device.known();
  const same = before?.address === account.address;
  const known = same ? await directory.remembered(account.address) : null;
  const continues =
    known === null ||
    own.records.some(
      ({ number, hash }) => number === known.pin.number && equalBytes(hash, known.pin.hash),
    );
  const [name, value] = acceptedChain(own.published, own.records, ports.clock.now());
  await device.begin(account, continues ? { [name]: value } : {});
}

/** Opens the keys again within the session that is there, by a step-up (spec/8.2). */
export async function unlock(
  engine: Engine,
  options: LongOptions & { readonly password: string },
): Promise<SavedAccount> {
  const { device, directory } = engine;
  const { signal } = options;
  const { address, sessionId, token } = await device.session();
  const { answer, encryptionKey, kdfSuite } = await provePassword(engine, {
    ...options,
    address,
    purpose: "step-up",
    hand: ({ loginKey }, solution) => engine.api.account.stepUp({ loginKey, solution }, { signal }),
  });
  const { records, state } = await directory.ask(address);
  if (!isSound(state)) throw new ClientError("own_keys_changed", { reason: state });
  const extractable = device.store.keys === "extractable";
  const sets = await openWraps({ address, encryptionKey, records, wrapped: answer, extractable });
  const activeKey = (records.at(-1) as CheckedRecord).number;
  const account: NewAccount = { ...sets, address, sessionId, token, kdfSuite, activeKey };
  await device.replaceKeys(account);
  return savedAccount(account);
}

/** What an app shows of a log-in. */
export function savedAccount({
  address,
  sessionId,
  activeKey,
  keys,
  locked,
}: DeviceAccount | NewAccount): SavedAccount {
  return { address, sessionId, activeKey, unlocked: keys.length > 0, locked };
}
