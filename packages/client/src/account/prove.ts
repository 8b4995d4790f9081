/**
 * Proving a password: its derivation and the proof of work side by side, one ring for both.
 * @module spec/3.2
 */
import { ApiError } from "@keypears/api";
import {
  type Address,
  type EncryptionKey,
  KDF_SUITE,
  type LoginKey,
  type Solution,
  addressSubject,
  deriveKeys,
  domainOf,
  normalizePassword,
} from "@keypears/protocol";
import { waitOf } from "../api.ts";
import type { Engine } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { LongOptions } from "../progress.ts";
import { checkChallenge, checkPrice, solve } from "./work.ts";

/** How often a proof is made anew when the server did not take it: once (spec/7.4). */
const MOST_PROOFS = 2;

/** The two keys that a password gives (spec/3.2). */
export interface PasswordKeys {
  readonly encryptionKey: EncryptionKey;
  readonly loginKey: LoginKey;
}

/** What a password was proven with, and what the server answered. */
export interface Proven<Answer> extends PasswordKeys {
  readonly kdfSuite: number;
  readonly answer: Answer;
}

/**
 * Proves a password: derives, mines, hands both over by `hand`, once more with other work where the server did not take the
 * first (`new_challenge`, `work_spent`, an expired challenge, `busy`). Refuses a KDF suite that it does not know or that is
 * below the highest that this device has seen for the account (spec/3.2). A given `keys` spares the derivation.
 */
export async function provePassword<Answer>(
  engine: Engine,
  options: LongOptions & {
    readonly purpose: "login" | "step-up";
    readonly address: Address;
    readonly password: string;
    readonly keys?: PasswordKeys | undefined;
    readonly hand: (keys: PasswordKeys, solution: Solution) => Promise<Answer>;
  },
): Promise<Proven<Answer>> {
  const { purpose, address, password, signal, onProgress, hand } = options;
  const normal = normalizePassword(password);
  if (!normal.ok) throw new ClientError("password_refused", { reason: normal.reason });
  const known = await engine.device.known();
  const highest = known?.address === address ? known.kdfSuite : KDF_SUITE;
  let derived = false;
  const deriving =
    options.keys === undefined
      ? deriveKeys(normal.password, address).finally(() => (derived = true))
      : Promise.resolve(options.keys);
  // Whoever fails first is what the caller hears; the other must not be left unheard.
  deriving.catch(() => {});
  for (let proofs = 1; ; proofs++) {
    onProgress?.({ stage: "asking", parts: 0 });
    const { challenge, kdfSuite } = await engine.api.account.requestChallenge(
      { purpose, address },
      { signal },
    );
    if (kdfSuite > KDF_SUITE) throw new ClientError("unknown_kdf_suite");
    if (kdfSuite < highest) throw new ClientError("kdf_downgrade");
    const subject = addressSubject(address);
    checkChallenge(challenge, { domain: domainOf(address), purposes: [purpose], subject });
    checkPrice(challenge, options.ceiling ?? engine.ceilingOf(purpose));
    const { miner } = engine.ports;
    const { difficulty } = challenge;
    const onParts = (parts: number): void =>
      onProgress?.({ stage: parts < 16 || derived ? "mining" : "deriving", parts, difficulty });
    const [keys, solution] = await Promise.all([
      deriving,
      engine.mining.pass(signal, () => solve({ challenge, miner, signal, onParts })),
    ]);
    signal?.throwIfAborted();
    onProgress?.({ stage: "sending", parts: 16 });
    try {
      return { ...keys, kdfSuite, answer: await hand(keys, solution) };
    } catch (error) {
      if (proofs === MOST_PROOFS || !(error instanceof ApiError)) throw error;
      const wait = waitOf(error);
      if (!needsNewWork(error) && wait === null) throw error;
      if (wait !== null) await engine.ports.clock.sleep(wait, signal);
    }
  }
}

/**
 * Whether other work helps (spec/7.4): this solution was used, or its challenge is unknown, over, or for a conversation that is
 * none any more.
 */
export function needsNewWork(error: ApiError): boolean {
  if (error.code === "work_refused") {
    return error.reason === "expired" || error.reason === "purpose";
  }
  return error.code === "new_challenge" || error.code === "work_spent";
}
