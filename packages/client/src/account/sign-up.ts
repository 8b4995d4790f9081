/**
 * Signing up: the work begun early, the first key set, one call that makes the account.
 * @module spec/4.1
 */
import { ApiError } from "@keypears/api";
import {
  type Address,
  type CheckedRecord,
  KDF_SUITE,
  type PublishedRecord,
  type Solution,
  addressSubject,
  deriveKeys,
  domainOf,
  equalBytes,
  generateKeySet,
  judgeNewPassword,
  signRecord,
  unwrapKeySet,
  verifyChain,
  wrapKeySet,
} from "@keypears/protocol";
import { waitOf } from "../api.ts";
import { acceptedChain } from "../directory.ts";
import { type Engine, forget } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { LongOptions } from "../progress.ts";
import type { NewAccount } from "./device.ts";
import { type SavedAccount, logIn, savedAccount } from "./log-in.ts";
import { type PasswordKeys, needsNewWork } from "./prove.ts";
import { checkChallenge, checkPrice, solve } from "./work.ts";

/** How often one registration is handed over: it may be repeated, since it makes one account or none (spec/7.4). */
const MOST_TRIES = 8;
/** How long between two of them, in milliseconds. */
const PAUSE = 1000;

/** The work of a sign-up, begun while the user still types (spec/7.2). */
export interface SignUpWork {
  readonly address: Address;
  readonly difficulty: number;
  /** Parts that are done, 0 to 16. */
  readonly parts: number;
  /** Settles with the work; rejects when it was cancelled. */
  readonly solution: Promise<Solution>;
  /** Calls `listener` with `parts` now and whenever it changes, until the function that comes back is called. */
  watch(listener: (parts: number) => void): () => void;
  cancel(): void;
}

/** Asks for a sign-up's challenge and begins to mine (spec/7.2). */
export async function startWork(
  engine: Engine,
  address: Address,
  options: LongOptions = {},
): Promise<SignUpWork> {
  const { signal, onProgress } = options;
  onProgress?.({ stage: "asking", parts: 0 });
  const { challenge } = await engine.api.account.requestChallenge(
    { purpose: "register", address },
    { signal },
  );
  const subject = addressSubject(address);
  checkChallenge(challenge, { domain: domainOf(address), purposes: ["register"], subject });
  checkPrice(challenge, options.ceiling ?? engine.ceilingOf("register"));

  const listeners = new Set<(parts: number) => void>();
  const stop = new AbortController();
  const mining = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let parts = 0;
  const onParts = (done: number): void => {
    parts = done;
    onProgress?.({ stage: "mining", parts, difficulty });
    for (const tell of listeners) tell(parts);
  };
  const { miner } = engine.ports;
  const { difficulty } = challenge;
  const solution = engine.mining.pass(mining, () =>
    solve({ challenge, miner, signal: mining, onParts }),
  );
  // Nobody may be listening yet, or ever: an address that was given up.
  solution.catch(() => {});
  return {
    address,
    difficulty,
    solution,
    get parts() {
      return parts;
    },
    watch(listener) {
      listeners.add(listener);
      listener(parts);
      return () => listeners.delete(listener);
    },
    cancel: () => stop.abort(new DOMException("cancelled", "AbortError")),
  };
}

/** The first key set of an account, wrapped, tried, and published by a record. */
interface FirstKeySet {
  readonly wraps: {
    readonly agreement: Wraps["agreement"];
    readonly signing: Wraps["signing"];
    readonly vaultSeed: Wraps["vault-seed"];
  };
  readonly record: CheckedRecord;
  readonly published: PublishedRecord;
  readonly open: NewAccount["keys"][number];
}
type Wraps = Awaited<ReturnType<typeof wrapKeySet>>;

/** Makes an account with its first key set, and keeps its session and keys on this device (spec/4.1, spec/7.4). */
export async function signUp(
  engine: Engine,
  options: LongOptions & {
    readonly address: Address;
    readonly password: string;
    /** The zxcvbn score of the password, 0 to 4 (spec/3.1). */
    readonly strength: number;
    readonly work?: SignUpWork | undefined;
  },
): Promise<SavedAccount> {
  const { address, strength, signal, onProgress } = options;
  const judged = judgeNewPassword(options.password, strength);
  if (!judged.ok) throw new ClientError("password_refused", { reason: judged.reason });
  const { password } = judged;
  const begun = options.work?.address === address ? options.work : null;
  const deriving = deriveKeys(password, address);
  deriving.catch(() => {});
  const work = begun ?? (await startWork(engine, address, { ...options, onProgress: undefined }));
  const unwatch = work.watch((parts) =>
    onProgress?.({
      stage: parts < 16 ? "mining" : "deriving",
      parts,
      difficulty: work.difficulty,
    }),
  );
  const [keys, solution] = await Promise.all([deriving, work.solution]).finally(unwatch);
  signal?.throwIfAborted();
  const first = await makeFirstKeySet(engine, address, keys);
  onProgress?.({ stage: "sending", parts: 16 });
  const session = await register(engine, { ...options, keys, first, solution });
  if (session === null) return logIn(engine, { ...options, password, keys });
  const { record, published, open } = first;
  const account: NewAccount = {
    address,
    sessionId: session.id,
    token: session.token,
    kdfSuite: KDF_SUITE,
    activeKey: 1,
    keys: [open],
    locked: [],
  };
  const [name, value] = acceptedChain([published], [record], engine.ports.clock.now());
  await engine.device.begin(account, { [name]: value });
  forget(engine);
  return savedAccount(account);
}

/** Makes a key set and tries what is about to be uploaded before anybody sees it (spec/4.4). */
async function makeFirstKeySet(
  { ports, device }: Engine,
  address: Address,
  { encryptionKey }: PasswordKeys,
): Promise<FirstKeySet> {
  const { random, clock } = ports;
  const place = { address, number: 1, kdfSuite: KDF_SUITE };
  const keySet = await generateKeySet(random);
  const wraps = await wrapKeySet({ ...place, keySet, encryptionKey, random });
  const opened = await unwrapKeySet({
    ...place,
    wraps,
    encryptionKey,
    keys: keySet.publicKeys,
    extractable: device.store.keys === "extractable",
  });
  if (!opened.ok) throw new ClientError("wraps_refused", { reason: opened.reason });
  const published = await signRecord({
    keySet,
    address,
    number: 1,
    reason: "initial",
    createdAt: clock.now(),
    previous: null,
  });
  const chain = await verifyChain(address, [published]);
  if (!chain.ok) throw new ClientError("keys_refused", { reason: chain.reason });
  const { agreement, signing } = wraps;
  return {
    wraps: { agreement, signing, vaultSeed: wraps["vault-seed"] },
    record: chain.records[0] as CheckedRecord,
    published,
    open: opened.keys,
  };
}

/** Hands a registration over, and again where that may help: it makes one account or none (spec/7.4). Null: made, without a session. */
async function register(
  engine: Engine,
  options: LongOptions & {
    readonly address: Address;
    readonly keys: PasswordKeys;
    readonly first: FirstKeySet;
    readonly solution: Solution;
  },
): Promise<{ id: NewAccount["sessionId"]; token: NewAccount["token"] } | null> {
  const { address, first, signal } = options;
  const { api, ports, session: transport } = engine;
  let { solution } = options;
  let renewed = false;
  for (let tries = 1; ; tries++) {
    try {
      const { loginKey } = options.keys;
      const { wraps, published: record } = first;
      const { session, activeKey } = await api.account.register(
        { address, kdfSuite: KDF_SUITE, loginKey, record, wraps, solution, transport },
        { signal },
      );
      if (activeKey.number !== 1 || !equalBytes(activeKey.hash, first.record.hash)) {
        throw new ClientError("bad_answer", { reason: "activeKey" });
      }
      if (session !== null && (session.token === null) !== (transport === "cookie")) {
        throw new ClientError("bad_answer", { reason: "session.token" });
      }
      return session;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      if (error instanceof ApiError && needsNewWork(error) && !renewed) {
        renewed = true;
        solution = await (await startWork(engine, address, options)).solution;
        continue;
      }
      const wait = retryWait(error);
      if (wait === null) throw told(error);
      await ports.clock.sleep(wait, signal);
    }
  }
}

/** How long to wait before the same registration is handed over again, in milliseconds; null where that does not help. */
function retryWait(error: unknown): number | null {
  if (error instanceof ClientError) return error.code === "unreachable" ? PAUSE : null;
  if (!(error instanceof ApiError)) return null;
  return error.code === "work_in_progress" ? 5 * PAUSE : waitOf(error);
}

function told(error: unknown): unknown {
  const clock = error instanceof ApiError && error.code === "record_refused";
  return clock && error.reason === "clock" ? new ClientError("clock", { cause: error }) : error;
}
