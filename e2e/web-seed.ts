/** A conversation that is there already, written by the engine itself: faster than people write. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type DeviceStore, createClient, fetchTransport } from "@keypears/client";
import { createNodeMiner } from "@keypears/pow5/node";
import type { Address } from "@keypears/protocol";

export const seeded = {
  alice: "alice@localhost" as Address,
  bob: "bob@localhost" as Address,
  passwords: { alice: "alice likes eleven ripe pears", bob: "bob prefers nine green quinces" },
};

/** How many messages are under way at once. */
const AT_ONCE = 8;

/** Starts engines at `url`, runs `work` with them, and ends their threads. */
export async function withClients(
  url: string,
  work: (start: () => Client) => Promise<void>,
): Promise<void> {
  const miner = createNodeMiner();
  try {
    await work(() =>
      createClient({
        session: "bearer",
        ports: {
          transport: fetchTransport(url, (address, init) => fetch(address, init)),
          store: memoryStore(),
          clock: {
            now: Date.now,
            sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal && { signal }),
          },
          random: (length) => crypto.getRandomValues(new Uint8Array(length)),
          miner,
        },
      }),
    );
  } finally {
    miner.close();
  }
}

/** Signs Alice and Bob up, lets them know each other, and has them write `messages` messages. */
export function seedConversation(url: string, messages: number): Promise<void> {
  return withClients(url, async (start) => {
    const alice = start();
    const bob = start();
    const { passwords } = seeded;
    await alice.account.signUp({ address: seeded.alice, password: passwords.alice, strength: 4 });
    await bob.account.signUp({ address: seeded.bob, password: passwords.bob, strength: 4 });
    await alice.messages.send({ to: seeded.bob, text: textOf(1) });
    await bob.messages.accept(seeded.alice);
    let next = 2;
    const write = async (): Promise<void> => {
      while (next <= messages) {
        const number = next++;
        const [from, to] = number % 3 === 0 ? [bob, seeded.alice] : [alice, seeded.bob];
        await from.messages.send({ to, text: textOf(number) });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, write));
  });
}

/** Texts of many lengths, of one line and of several. */
function textOf(number: number): string {
  const words = "The pears in the cellar ripen at midnight, and nobody else knows. ";
  const tail = number % 7 === 0 ? "\nAnd a second line." : "";
  return `Message ${number}. ${words.repeat(number % 5)}${tail}`.trimEnd();
}

function memoryStore(): DeviceStore {
  let values: Map<string, unknown> | null = null;
  return {
    keys: "opaque",
    read: async (name) => values?.get(name),
    begin: async (begun) => {
      values = new Map(Object.entries(begun));
    },
    change: async (name, change) => {
      if (values === null) return;
      const value = change(values.get(name));
      if (value === undefined) values.delete(name);
      else values.set(name, value);
    },
    clear: async () => {
      values = null;
    },
  };
}
