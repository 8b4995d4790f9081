/**
 * What the parts of the engine share.
 * @module
 */
import type { Address, OpenKeySet, Purpose } from "@keypears/protocol";
import { Device, type DeviceAccount, activeSet } from "./account/device.ts";
import { type GivenCeilings, ceilingOf } from "./account/work.ts";
import { type Api, type Caller, createApi } from "./api.ts";
import { Seen } from "./conversations/history.ts";
import { Turns } from "./conversations/turns.ts";
import { Directory, type KnownChain, isSound, isUnknown } from "./directory.ts";
import { ClientError } from "./errors.ts";
import { Gate } from "./gate.ts";
import type { Ports } from "./ports.ts";

/** How old one's own chain may be when a message is written or read, in milliseconds. */
export const OWN_AGE = 60_000;
/** How many jobs are mined at once: the second asks for its challenge while the first still fills every core. */
const MINING = 2;

/** What the parts of the engine share. */
export interface Engine {
  readonly ports: Ports;
  readonly session: "cookie" | "bearer";
  /** The most hashes to mine for a purpose without asking the user (spec/7.5). */
  readonly ceilingOf: (purpose: Purpose) => number;
  readonly caller: Caller<DeviceAccount>;
  readonly api: Api;
  readonly device: Device;
  readonly directory: Directory;
  readonly mining: Gate;
  readonly turns: Turns;
  readonly seen: Seen;
}

/** Puts the parts together. */
export function assemble(options: {
  readonly ports: Ports;
  readonly session: "cookie" | "bearer";
  readonly ceilings?: GivenCeilings | undefined;
}): Engine {
  const { ports, session, ceilings = {} } = options;
  const { clock, store, transport, direct } = ports;
  const device = new Device(store);
  const caller: Caller<DeviceAccount> = {
    transport,
    clock,
    session: () => device.session(),
    onEnded: (ended) => device.end(ended),
  };
  const api = createApi(caller);
  const directory = new Directory({ api, store, clock, direct });
  return {
    ...{ ports, session, caller, api, device, directory },
    ceilingOf: (purpose) => ceilingOf(ceilings, purpose),
    mining: new Gate(MINING),
    turns: new Turns(),
    seen: new Seen(),
  };
}

/** Forgets what is in memory of whoever was logged in. */
export function forget({ directory, seen }: Pick<Engine, "directory" | "seen">): void {
  directory.clear();
  seen.clear();
}

/** The own end of every message: who one is, with which keys. */
export interface Self {
  readonly address: Address;
  readonly chain: KnownChain;
  readonly sets: ReadonlyMap<number, OpenKeySet>;
}

/** Who is logged in, with the key sets of this device and the own chain, at most `maxAge` milliseconds old. */
export async function self(
  { device, directory }: Pick<Engine, "device" | "directory">,
  maxAge: number = OWN_AGE,
): Promise<Self> {
  const account = await device.session();
  const { address } = account;
  const sets = await device.keySets(account);
  try {
    return { address, chain: await directory.chain(address, maxAge), sets };
  } catch (error) {
    const known = isUnknown(error) ? await directory.remembered(address) : null;
    if (known === null) throw error;
    // The server has no such chain any more: what is known is good to read by, and not to write by.
    return { address, chain: { ...known, state: "shorter" }, sets };
  }
}

/** The active key set to write with; `own_keys_changed` where the own chain is not what it was (spec/4.5). */
export function writingSet({ chain, sets }: Self): OpenKeySet {
  const newest = chain.records.at(-1);
  if (!isSound(chain.state) || newest === undefined) {
    throw new ClientError("own_keys_changed", { reason: chain.state });
  }
  return activeSet(sets, newest);
}
