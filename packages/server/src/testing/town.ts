/** For tests: people of several domains, on the servers of a network, whose clients ask again as real ones do. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { ApiError, type Output, type contract } from "@keypears/api";
import { type Id, type Address, domainOf } from "@keypears/protocol";
import { listMessages } from "../procedures/messages/list-messages.ts";
import { assertConsistent } from "./consistency.ts";
import { type Network, type NetworkOptions, type Place, startNetwork } from "./network.ts";
import {
  type Parcel,
  type Person,
  type TestServer,
  type Unusual,
  addPerson,
  callOf,
  hand,
  pack,
} from "./people.ts";

export type Message = Output<typeof contract.messages.listMessages>["messages"][number];

const START = 1_763_942_520_000;

/** How long a fact may take to come about, in milliseconds. */
const PATIENCE = 20_000;

export interface Town {
  readonly network: Network;
  /** Stands still until it is moved. */
  readonly clock: { time: number };
  /** The server of an address, as it runs now. */
  serverOf(address: Address): TestServer;
  /** Somebody with an account at the server of their domain. */
  add(address: string): Promise<Person>;
  /** A message ready to be handed over; asks for its challenge until the other domain answers. */
  pack(from: Person, to: Person, unusual?: Unusual): Promise<Parcel>;
  /** Hands a message over, again where the server died meanwhile, until it is stored; gives its id. */
  hand(from: Person, parcel: Parcel): Promise<Id>;
  write(from: Person, to: Person, unusual?: Unusual): Promise<Id>;
  /** What a mailbox has of a conversation, the oldest first. */
  mailbox(owner: Person, peer: Person): Promise<readonly Message[]>;
  /** Waits until a message is delivered, or failed, at its sender's server. */
  outcome(from: Person, to: Person, id: Id): Promise<Message>;
}

/** Pauses are two hundred times as short; at the end every mailbox is consistent. */
export async function openTown(
  t: TestContext,
  places: readonly (string | Place)[],
  options: NetworkOptions = {},
): Promise<Town> {
  const clock = { time: START };
  const network = await startNetwork(places, { now: () => clock.time, hurry: 200, ...options });
  t.after(async () => {
    network.wire.clear();
    for (const { running, context } of network.nodes) {
      if (running) await assertConsistent(context.store);
    }
    await network.close();
  });
  const serverOf = (address: Address): TestServer => {
    const node = network.node(domainOf(address));
    return {
      clock,
      folder: "",
      get context() {
        return node.context;
      },
    };
  };
  /** Does something at somebody's server, again where that dies meanwhile or gives nothing yet. */
  const at = <T>(
    { address }: Person,
    work: (server: TestServer) => Promise<T | null>,
  ): Promise<T> => {
    const node = network.node(domainOf(address));
    return patiently(async () => {
      if (!node.running) return null;
      const { context } = node;
      try {
        return await Promise.race([work(serverOf(address)), node.over.then(() => null)]);
      } catch (error) {
        // What is asked of a server that is just dying fails in many ways.
        if (node.running && node.context === context) throw error;
        return null;
      }
    });
  };
  const mailbox = async (server: TestServer, owner: Person, peer: Person) => {
    const input = { peer: peer.address, limit: 100 };
    return (await listMessages(server.context, callOf(owner), input)).messages;
  };
  const town: Town = {
    network,
    clock,
    serverOf,
    add: (name) => addPerson(serverOf(name as Address), name),
    pack: (from, to, unusual) =>
      at(from, async (server) => {
        try {
          return await pack(server, from, to, unusual);
        } catch (error) {
          if (!(error instanceof ApiError && error.code === "domain_unreachable")) throw error;
          // What a server knows of a domain that it could not reach it keeps for a minute.
          clock.time += 61_000;
          return null;
        }
      }),
    hand: (from, parcel) => at(from, async (server) => (await hand(server, from, parcel)).id),
    write: async (from, to, unusual) => town.hand(from, await town.pack(from, to, unusual)),
    mailbox: (owner, peer) => at(owner, (server) => mailbox(server, owner, peer)),
    outcome: (from, to, id) =>
      at(from, async (server) => {
        const found = (await mailbox(server, from, to)).find((message) => message.id === id);
        return found === undefined || found.state === "pending" ? null : found;
      }),
  };
  return town;
}

/** Tries until there is something: for a fact that other parties bring about. */
export async function patiently<T>(look: () => Promise<T | null>): Promise<T> {
  const last = performance.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    assert(performance.now() < last, "it does not come about");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
