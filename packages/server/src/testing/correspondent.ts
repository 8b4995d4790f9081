/** For tests: somebody with an account on a server of a network and a client like everybody's, without the work of passwords. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type Clock,
  type MessageView,
  type Miner,
  createClient,
  fetchTransport,
} from "@keypears/client";
import { MemoryStore } from "@keypears/client/testing";
import { loadKernel } from "@keypears/pow5/node";
import { type Address, type NewKeySet, importBoxKey } from "@keypears/protocol";
import { sessionOf } from "./calls.ts";
import type { NetworkNode } from "./node.ts";
import { type Person, addPerson, random } from "./people.ts";
import { patiently } from "./town.ts";

export interface Correspondent {
  readonly address: Address;
  readonly client: Client;
  /** The same somebody as the server's tests know them. */
  readonly person: Person;
  /** Sends a text; gives its id. */
  write(to: Address, text: string): Promise<MessageView>;
  /** The answers to a message so far. */
  answersTo(message: MessageView): Promise<readonly MessageView[]>;
  /** Waits for the answer to a message. */
  answerTo(message: MessageView): Promise<MessageView>;
}

export const machineClock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) =>
    sleep(milliseconds, undefined, { ref: false, ...(signal && { signal }) }),
};

/** Somebody new. */
export async function addCorrespondent(
  node: NetworkNode,
  name: string,
  clock: Clock = machineClock,
): Promise<Correspondent> {
  const server = { context: node.context, clock: { time: clock.now() }, folder: "" };
  return correspondentOf(node, await addPerson(server, name), clock);
}

/** A new device of somebody's, with all their key sets. */
export async function correspondentOf(
  node: NetworkNode,
  person: Person,
  clock: Clock = machineClock,
): Promise<Correspondent> {
  const { address, sets } = person;
  const server = { context: node.context, clock: { time: clock.now() }, folder: "" };
  const { id: sessionId, token } = await sessionOf(server, person);
  const store = new MemoryStore();
  const keys = await Promise.all(sets.map((set, index) => openSet(set, index + 1)));
  const account = { address, kdfSuite: 1, sessionId, token, activeKey: keys.length, keys };
  await store.begin({ account: { ...account, locked: [] } }, { keep: false });
  const transport = fetchTransport(node.url, (url, init) => node.fetch(new Request(url, init)));
  const client = createClient({
    session: "bearer",
    ports: { transport, store, clock, random, miner },
  });
  const answersTo = async ({ id, peer }: MessageView): Promise<readonly MessageView[]> => {
    const { messages } = await client.messages.read({ peer, limit: 1000 });
    return messages.filter(({ direction, ref }) => direction === "received" && ref === id);
  };
  return {
    ...{ address, client, person, answersTo },
    write: (to, text) => client.messages.send({ to, text }),
    answerTo: (message) => patiently(async () => (await answersTo(message)).at(0) ?? null),
  };
}

async function openSet(set: NewKeySet, number: number) {
  const { agreement, signing, publicKeys } = set;
  const vaultKey = await importBoxKey(random(32));
  const [agreementKey, signingKey] = [agreement.privateKey, signing.privateKey];
  return { number, agreementKey, signingKey, vaultKey, publicKeys };
}

const kernel = loadKernel();

/** In the thread that asks: a test's prices are over at once. */
export const miner: Miner = {
  mine: async (parts) =>
    parts.map((part) => {
      const { nonce } = kernel.mine(part, random(32), 100_000);
      if (nonce === null) throw new Error("the test's challenge is too hard");
      return nonce;
    }),
};
