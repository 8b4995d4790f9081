/** People with the real engine, who write, ask again as real clients do, follow their mailboxes, and remember what they were told. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiError,
  type Client,
  ClientError,
  type Clock,
  type Fetch,
  type FollowEvent,
  type Miner,
  type Prepared,
  createClient,
  fetchTransport,
  mendable,
} from "@keypears/client";
import { MemoryStore, random } from "@keypears/client/testing";
import {
  type Address,
  type Id,
  type OpenKeySet,
  type StoredKeySet,
  importKeySet,
  makeId,
} from "@keypears/protocol";
import type { Chance } from "@keypears/server/testing/network";
import type { Heard, Told, Written } from "./record.ts";

/** The world's time, which a test sets forward. */
export class World {
  ahead = 0;

  now(): number {
    return Date.now() + this.ahead;
  }

  get clock(): Clock {
    return {
      now: () => this.now(),
      sleep: async (milliseconds, signal) => {
        try {
          await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
        } catch (error) {
          signal?.throwIfAborted();
          throw error;
        }
      },
    };
  }
}

/** A message as its writer knows it, while that changes. */
interface Open extends Written {
  acknowledgedAt: number | null;
  readonly told: Told[];
}

/** The pauses between two attempts of a person who tries again, in milliseconds. */
const [SHORT_PAUSE, LONG_PAUSE] = [200, 1_500];

export interface PersonOptions {
  readonly address: Address;
  /** The origin of their server, and the way there. */
  readonly origin: string;
  readonly fetch: Fetch;
  readonly world: World;
  readonly miner: Miner;
  readonly chance: Chance;
}

export class Person {
  readonly address: Address;
  readonly client: Client;
  readonly heard: Heard[] = [];
  /** Of how many messages the mending was begun. */
  readonly mended = new Set<Id>();
  readonly #inVain = new Set<Id>();
  /** What was in the way where it tried again, by its name, and how often. */
  readonly obstacles = new Map<string, number>();
  /** What no client should ever be told or meet. */
  readonly faults: string[] = [];
  readonly #options: PersonOptions;
  readonly #store = new MemoryStore("extractable");
  readonly #written = new Map<Id, Open>();
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: PersonOptions) {
    this.#options = options;
    this.address = options.address;
    this.client = this.#device(this.#store);
  }

  get written(): readonly Written[] {
    return [...this.#written.values()];
  }

  #device(store: MemoryStore): Client {
    const { world, fetch, origin, miner } = this.#options;
    const transport = fetchTransport(origin, fetch);
    const ports = { transport, store, clock: world.clock, random, miner };
    return createClient({ ports, session: "bearer" });
  }

  get #password(): string {
    return `${this.address} likes ripe pears`;
  }

  async signUp(): Promise<void> {
    const { address } = this;
    await this.client.account.signUp({ address, password: this.#password, strength: 4 });
  }

  /** Another device of the same person, which knows nothing but the password. */
  async newDevice(): Promise<Client> {
    const client = this.#device(new MemoryStore());
    await client.account.logIn({ address: this.address, password: this.#password });
    return client;
  }

  /** The keys on this person's device. */
  async keys(): Promise<readonly OpenKeySet[]> {
    const { keys } = this.#store.dump()["account"] as { readonly keys: readonly StoredKeySet[] };
    const open = await Promise.all(keys.map(importKeySet));
    return open.filter((set) => set !== null);
  }

  /** Follows the mailbox from its beginning on, and mends what failed, until `stop`. */
  follow(): void {
    this.#following = (async () => {
      for (let after = 0; !this.#stop.signal.aborted;) {
        try {
          for await (const event of this.client.messages.follow({
            after,
            signal: this.#stop.signal,
          })) {
            if (event.type === "reached") after = event.revision;
            this.#note(event);
          }
        } catch (error) {
          this.faults.push(`following: ${String(error)}`);
          await sleep(SHORT_PAUSE);
        }
      }
    })();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  #note(event: FollowEvent): void {
    if (event.type === "rewound") this.faults.push(`the mailbox went back to ${event.revision}`);
    if (event.type === "mending") {
      this.mended.add(event.id);
      if (event.failure !== null) this.#inVain.add(event.id);
    }
    if (event.type !== "message") return;
    const { message } = event;
    const { id, from, to, text, verified, revision, direction } = message;
    if (direction === "received") this.heard.push({ id, from, to, text, verified, revision });
    else this.#tell(id, message);
  }

  #tell(id: Id, { state, reason, changed }: Told): void {
    const told = this.#written.get(id)?.told;
    if (told?.every((one) => one.changed !== changed)) told.push({ state, reason, changed });
  }

  /** Messages to somebody, or to all, that are taken in and whose end is not known here. */
  pending(to: Address | null = null): readonly Written[] {
    return this.written.filter((one) => {
      if (one.acknowledgedAt === null || (to !== null && one.to !== to)) return false;
      return (lastOf(one)?.state ?? "pending") === "pending";
    });
  }

  /** Messages that have failed, and that this person's device is about to send again by itself. */
  toBeMended(): readonly Written[] {
    return this.written.filter((one) => isToBeMended(one) && !this.#inVain.has(one.id));
  }

  /** Writes a message, again with the same id where that fails, so often at the most. True once it is acknowledged. */
  async write(
    to: Address,
    text: string,
    { tries = Infinity, prepared }: { tries?: number; prepared?: Prepared } = {},
  ): Promise<boolean> {
    const id = makeId(this.#options.world.now(), random(10));
    const askedAt = performance.now();
    const message: Open = {
      ...{ id, from: this.address, to, text, askedAt },
      acknowledgedAt: null,
      told: [],
    };
    this.#written.set(id, message);
    const view = await this.#again(tries, () =>
      this.client.messages.send({
        ...{ to, text, id },
        ...(prepared === undefined ? {} : { prepared }),
      }),
    );
    if (view === null) return false;
    this.#tell(id, view);
    message.acknowledgedAt = performance.now();
    return true;
  }

  /** Does the work of a message ahead, until the other domain can be asked. */
  prepare(to: Address): Promise<Prepared | null> {
    return this.#again(Infinity, () => this.client.messages.prepare({ to }));
  }

  /** Taps on a failed message to send it again, so often at the most, until that is taken in. */
  async sendAgain({ id, to }: Written, tries: number): Promise<void> {
    const view = await this.#again(tries, () => this.client.messages.retry({ peer: to, id }));
    if (view !== null) this.#tell(id, view);
  }

  /** Tries so often, with pauses, unless nobody wants it any more. Null where it was in vain. */
  async #again<T>(tries: number, work: () => Promise<T>): Promise<T | null> {
    for (let attempt = 1; attempt <= tries && !this.#stop.signal.aborted; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ApiError) && !(error instanceof ClientError)) throw error;
        const name = [error.code, error.reason].filter((one) => one !== undefined).join(" ");
        this.obstacles.set(name, (this.obstacles.get(name) ?? 0) + 1);
        await sleep(this.#options.chance.between(SHORT_PAUSE, LONG_PAUSE));
      }
    }
    return null;
  }
}

/** What the sender of a message was told last. */
export function lastOf({ told }: Pick<Written, "told">): Told | undefined {
  return told.toSorted((a, b) => a.changed - b.changed).at(-1);
}

/** Whether a client is still about to mend what failed: it does so once for each reason (spec/9.2). */
function isToBeMended({ told }: Pick<Written, "told">): boolean {
  const last = lastOf({ told });
  if (last?.state !== "failed" || !mendable.some((one) => one === last.reason)) return false;
  return (
    told.filter(({ state, reason }) => state === "failed" && reason === last.reason).length < 2
  );
}
