/**
 * Two servers with made-up people, for development: `node scripts/dev-network.ts PORT PORT FOLDER`. What they hold lies in the folder and
 * is there again at the next start. Runs until SIGINT or SIGTERM.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type Clock,
  type Ports,
  createClient,
  fetchTransport,
} from "@keypears/client";
import { MemoryStore, random } from "@keypears/client/testing";
import { createNodeMiner } from "@keypears/pow5/node";
import { type Address, parseAddress } from "@keypears/protocol";
import { type Network, type NetworkNode, startNetwork } from "@keypears/server/testing/network";
import { root } from "./node24.js";

const domains = ["a.localhost", "b.localhost"] as const;
const people = ["alice@a.localhost", "bob@a.localhost", "carol@b.localhost"] as const;

/** Everybody's; it protects nothing. */
const password = "eleven ripe pears in a bowl";

const clock: Clock = {
  now: Date.now,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal && { signal }),
};

const [portA = "", portB = "", folder = ""] = process.argv.slice(2);
const stopping = new Promise((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, resolve);
});
const network = await startNetwork(domains, {
  wire: "http",
  ports: [Number(portA), Number(portB)],
  dataFolders: domains.map((domain) => join(folder, domain)),
  webFolder: join(root, "packages/web/build"),
  log: { info: () => undefined, warn: say, error: say },
});
const miner = createNodeMiner();
await inviteEverybody(network, miner);
for (const { domain, url } of network.nodes) {
  const here = people.filter((address) => address.endsWith(`@${domain}`));
  process.stdout.write(`${url}  ${here.join(", ")}\n`);
}
process.stdout.write(
  `Everybody's password: ${password}\n` +
    "The two do not federate yet. From the command line, where names below localhost are unknown:\n" +
    `  npx keypears login alice@a.localhost --profile alice --server ${loopback(network.nodes[0])}\n` +
    `Their data is kept in ${folder}; delete it to begin anew. Ctrl-C stops.\n`,
);
await stopping;
miner.close();
await network.close();

/** Signs everybody up who is not yet, and lets two of them meet. */
async function inviteEverybody({ node }: Network, miningFor: Ports["miner"]): Promise<void> {
  const [alice, bob, carol] = people.map(addressOf);
  if (alice === undefined || bob === undefined || carol === undefined) return;
  const alices = await arrive(node(domains[0]), alice, miningFor);
  const bobs = await arrive(node(domains[0]), bob, miningFor);
  await arrive(node(domains[1]), carol, miningFor);
  if (alices === null || bobs === null) return;
  await alices.messages.send({ to: bob, text: "Hello Bob, are the pears ripe?" });
  await bobs.messages.accept(alice);
  await bobs.messages.send({ to: alice, text: "Since this morning. Shall I bring you some?" });
  await alices.messages.send({ to: bob, text: "A dozen, please!" });
}

/** Somebody's device after a sign-up; null where there was such an account before. */
async function arrive(
  node: NetworkNode,
  address: Address,
  miningFor: Ports["miner"],
): Promise<Client | null> {
  const client = clientOf(node, miningFor);
  if ((await client.account.checkAvailability(address)) === "taken") return null;
  await client.account.signUp({ address, password, strength: 4 });
  return client;
}

function clientOf(node: NetworkNode, miningFor: Ports["miner"]): Client {
  const transport = fetchTransport(node.url, (url, init) => node.fetch(url, init));
  const store = new MemoryStore("extractable");
  return createClient({
    session: "bearer",
    ports: { transport, store, clock, random, miner: miningFor },
  });
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === null) throw new RangeError(`no address: ${text}`);
  return address;
}

function loopback(node: NetworkNode | undefined): string {
  return `http://127.0.0.1:${node === undefined ? "" : new URL(node.url).port}`;
}

function say(fields: object, message: string): void {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
}
