/**
 * What the engine is given: network, storage, time, random bytes, work. It has no other way out, so that one engine serves
 * the command line, a page and a worker, and a test can replace each of them.
 * @module
 */
import type { PeerFault } from "@keypears/api";
import type { Address, Bytes, CheckedRecord, PublishedRecord, Random } from "@keypears/protocol";

/** One call of the API (spec/12.2). */
export interface ApiRequest {
  readonly method: "GET" | "POST";
  /** Path and query, from `/api/v1` on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body of a POST. */
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Its answer: the body is JSON that nobody has looked at, or undefined where it is none. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** One block of an event stream (spec/12.3). A comment, with which a server says that it is there, has neither id nor data. */
export interface ServerSentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string | null;
}

/** An event stream that is being opened: `answer` where the server gave something else than a stream. */
export type OpenedEvents =
  | { readonly ok: true; readonly events: AsyncIterable<ServerSentEvent> }
  | { readonly ok: false; readonly answer: ApiAnswer };

/**
 * The network, to the account's own server alone. A failure of the network is a `ClientError` `unreachable`, an answer that
 * is too large to be one a `ClientError` `bad_answer`; an aborted signal rejects with its reason.
 */
export interface Transport {
  call(request: ApiRequest): Promise<ApiAnswer>;
  /** Opens an event stream. Aborting the signal, or leaving the iteration, closes it. */
  openEvents(request: Omit<ApiRequest, "body">): Promise<OpenedEvents>;
}

/**
 * Where one account of a device keeps what it must not lose: names and values that `structuredClone` can copy: JSON values,
 * bytes, and keys of Web Crypto where `keys` is `opaque`. Whoever else uses the same device (another tab, another process)
 * sees the same values.
 */
export interface DeviceStore {
  /** `extractable`: keys are kept as bytes, in a file that only its owner reads (spec/4.10). `opaque`: as keys that cannot be exported. */
  readonly keys: "extractable" | "opaque";
  /** The value of that name, or undefined. */
  read(name: string): Promise<unknown>;
  /** Begins an account with these values. Of what was there before nothing stays, or with `keep` whatever is not among them. */
  begin(
    values: Readonly<Record<string, unknown>>,
    options: { readonly keep: boolean },
  ): Promise<void>;
  /**
   * Changes one value, undivided: nobody else changes it between. `change` gets what is there or undefined, and gives what
   * shall be there; undefined deletes. Does nothing where no account has begun, or where it was cleared meanwhile.
   */
  change(name: string, change: (value: unknown) => unknown): Promise<void>;
  /** Deletes everything, keys first. */
  clear(): Promise<void>;
}

/** Time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** One part of a challenge, as a miner takes it (spec/7.3). */
export interface MinerPart {
  readonly seed: Bytes;
  readonly difficulty: number;
}

/** Whatever finds nonces (spec/7.1): the shape of the `Miner` of `@keypears/pow5`. */
export interface Miner {
  mine(
    parts: readonly MinerPart[],
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly onPart?: ((index: number) => void) | undefined;
    },
  ): Promise<Bytes[]>;
}

/** A verified record with what it was published with. */
export interface Link {
  readonly record: CheckedRecord;
  readonly published: PublishedRecord;
}

/**
 * What the domain of an address itself says, against what the account's own server says (spec/4.5): `same` where one is the
 * beginning of the other, `different` where it is not, or why the domain cannot be asked.
 */
export type DirectSaying = "same" | "different" | PeerFault;

/**
 * Asks the domain of an address for its records, past the account's own server, whose verified answer is `own`; gives the
 * longer of the two. `says` is null where the own server is the one that serves the domain. `directDirectory` makes one.
 */
export type CompareDirectly = (
  address: Address,
  own: readonly Link[],
) => Promise<{ readonly says: DirectSaying | null; readonly links: readonly Link[] }>;

/** Everything that the engine is given. */
export interface Ports {
  readonly transport: Transport;
  readonly store: DeviceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly miner: Miner;
  /**
   * Given by programs that no web server delivers (spec/4.4). Used when the user looks somebody up, first writes to somebody
   * or compares safety numbers, and never because a message has arrived.
   */
  readonly direct?: CompareDirectly | undefined;
}
