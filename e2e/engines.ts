/** The engine over a real server in this process, for tests that need no command line and no browser. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type Clock,
  type Fetch,
  type FollowEvent,
  type MessageView,
  createClient,
  fetchTransport,
} from "@keypears/client";
import { MemoryStore, random } from "@keypears/client/testing";
import { createNodeMiner } from "@keypears/pow5/node";
import { type Address, parseAddress } from "@keypears/protocol";
import {
  type NetworkNode,
  type NetworkOptions,
  startNetwork,
} from "@keypears/server/testing/network";

const clock: Clock = {
  now: Date.now,
  sleep: async (milliseconds, signal) => {
    try {
      await sleep(milliseconds, undefined, signal === undefined ? {} : { signal, ref: false });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** A server that goes with the test, and people with a device each. */
export async function startTown(t: TestContext, options: NetworkOptions = {}): Promise<Town> {
  const domain = options.wire === "http" ? "localhost" : "a.test";
  const network = await startNetwork([domain], options);
  const miner = createNodeMiner({ threads: 1 });
  t.after(async () => {
    miner.close();
    await network.close();
  });
  const node = network.node(domain);
  const device = (fetch: Fetch = (url, init) => node.fetch(url, init)): Device => {
    const store = new MemoryStore("extractable");
    const transport = fetchTransport(node.url, fetch);
    const ports = { transport, store, clock, random, miner };
    return { client: createClient({ ports, session: "bearer" }), store };
  };
  const addressOf = (name: string): Address => {
    const address = parseAddress(`${name}@${domain}`);
    assert(address);
    return address;
  };
  return {
    node,
    device,
    addressOf,
    signUp: async (name, fetch) => {
      const address = addressOf(name);
      const made = device(fetch);
      await made.client.account.signUp({ address, password: passwordOf(name), strength: 4 });
      return { ...made, address };
    },
  };
}

export interface Town {
  readonly node: NetworkNode;
  /** A device where nobody is logged in. */
  device(fetch?: Fetch): Device;
  addressOf(name: string): Address;
  /** Somebody with an account and a device. */
  signUp(name: string, fetch?: Fetch): Promise<Person>;
}

interface Device {
  readonly client: Client;
  readonly store: MemoryStore;
}

export interface Person extends Device {
  readonly address: Address;
}

export function passwordOf(name: string): string {
  return `${name} likes eleven ripe pears`;
}

/** What a conversation shows, the oldest first. */
export async function shown(
  { client }: Pick<Person, "client">,
  peer: Address,
): Promise<[text: string | null, verified: boolean][]> {
  const { messages } = await client.messages.read({ peer, limit: 1000 });
  return messages.map(({ text, verified }) => [text, verified]);
}

/** Follows somebody's mailbox for as long as the test lasts. */
export function follow(t: TestContext, { client }: Person, after?: number): Follower {
  const stop = new AbortController();
  const events: FollowEvent[] = [];
  const waiting = new Set<() => void>();
  let failure: unknown = null;
  const options = { signal: stop.signal, ...(after === undefined ? {} : { after }) };
  const following = (async () => {
    try {
      for await (const event of client.messages.follow(options)) {
        events.push(event);
        for (const wake of waiting) wake();
      }
    } catch (error) {
      failure = error;
    }
    for (const wake of waiting) wake();
  })();
  t.after(async () => {
    stop.abort();
    await following;
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      if (failure !== null) throw failure as Error;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };
  const messages = (): MessageView[] =>
    events.flatMap((event) => (event.type === "message" ? [event.message] : []));
  return {
    events,
    messages,
    text: (text) => until(() => messages().some((message) => message.text === text)),
    connection: (state) =>
      until(() => {
        const last = events.findLast((event) => event.type === "connection");
        return last?.type === "connection" && last.state === state;
      }),
    failure: async () => {
      await following;
      return failure;
    },
  };
}

export interface Follower {
  readonly events: readonly FollowEvent[];
  messages(): MessageView[];
  /** Waits for a message. */
  text(text: string): Promise<void>;
  /** Waits until changes come in this way. */
  connection(state: "live" | "polling" | "offline"): Promise<void>;
  /** Waits for the end; what it ended by, or null. */
  failure(): Promise<unknown>;
}
