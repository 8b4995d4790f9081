/**
 * Federated sends: users of one server write to users of another one, both processes on this machine, over TLS on loopback.
 * A send counts once the recipient's own event stream tells of it: all eight steps of spec/9.2 have been taken by then, and
 * what is announced is durable at both servers. Servers and clients share the machine.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contract } from "@keypears/api";
import { securePlaces } from "@keypears/server/testing/network";
import { type Pair, type Servers, serverOf, signUpPairs, together } from "./load/clients.ts";
import { describeMachine, spread, table } from "./load/machine.ts";
import { openPerson, prepare } from "./load/person.ts";
import { type ServerProcess, inFolder, settingsInWords, startServer } from "./load/server.ts";

const MILLISECONDS = 8_000;
const domains = ["a.test", "b.test"];

console.log(describeMachine(settingsInWords));
await inFolder(async (folder) => {
  const secured = await securePlaces({
    places: domains.map((domain) => ({ domain })),
    folder: join(folder, "tls"),
  });
  const logOf = (domain: string): string => join(folder, `${domain}.log`);
  const processes: ServerProcess[] = [];
  try {
    for (const [index, { env, port }] of secured.places.entries()) {
      const domain = domains[index] ?? "";
      const listen = { ...env, KEYPEARS_LISTEN: `127.0.0.1:${port}` };
      const options = { env: listen, log: logOf(domain) };
      processes.push(await startServer(join(folder, domain), options));
    }
    const servers: Servers = Object.fromEntries(
      secured.places.map(({ port }, index) => {
        const domain = domains[index] ?? "";
        return [domain, { url: `https://${domain}:${port}`, ca: secured.ca }];
      }),
    );
    const pairs = await signUpPairs(servers, 16);
    const cpu = async (): Promise<number> => {
      const all = await Promise.all(processes.map((server) => server.usage()));
      return all.reduce((sum, usage) => sum + usage.cpu, 0);
    };
    const run = (clients: number, milliseconds: number, task: "write" | "write and arrive") =>
      together({ url: servers, task, pairs, clients, milliseconds });

    // Until the servers' code is compiled.
    await run(8, 5_000, "write and arrive");
    const rows = [
      ["clients", "sends/s", "challenge to arrival", "send to arrival", "servers' CPU each"],
    ];
    for (const clients of [1, 8, 32]) {
      const [before, began] = [await cpu(), performance.now()];
      const { whole, last } = await run(clients, MILLISECONDS, "write and arrive");
      const elapsed = performance.now() - began;
      const perSecond = whole.length / (MILLISECONDS / 1000);
      // Used over the warm-up too, at the same pace: a little too much, if anything.
      const used = (((await cpu()) - before) / elapsed / perSecond) * 1000;
      rows.push([
        String(clients),
        perSecond.toFixed(0),
        spread(whole),
        spread(last),
        `${used.toFixed(2)} ms`,
      ]);
    }
    console.log(table(rows));
    await countRequests(servers, pairs, logOf);
  } finally {
    await Promise.all(processes.map((server) => server.kill()));
    await secured.close();
  }
});

/** Which requests one send takes, between two people who have written to each other within the minute. */
async function countRequests(
  servers: Servers,
  [pair]: readonly Pair[],
  logOf: (domain: string) => string,
): Promise<void> {
  if (pair === undefined) throw new Error("nobody has signed up");
  const [who, partner] = await Promise.all(
    pair.map((person) => openPerson(serverOf(servers, person.address), person)),
  );
  if (who === undefined || partner === undefined) throw new Error("nobody has signed up");
  const send = async (): Promise<void> => {
    const parcel = await prepare(who, partner, "How many requests does this take?");
    const { message } = await who.caller.call(contract.messages.send, parcel);
    for (;;) {
      const input = { peer: partner.address, limit: 1 };
      const { messages } = await who.caller.call(contract.messages.listMessages, input);
      if (messages.some(({ id, state }) => id === message.id && state === "delivered")) return;
    }
  };
  await send();
  const before = domains.map((domain) => readFileSync(logOf(domain)).length);
  await send();
  console.log("\nRequests of one send, each with its answer:");
  for (const [index, domain] of domains.entries()) {
    const lines = readFileSync(logOf(domain), "utf8").slice(before[index]).trim().split("\n");
    for (const line of lines) {
      const { method, path } = JSON.parse(line) as { method?: string; path?: string };
      // By which the benchmark looks whether it has arrived.
      if (path === undefined || path.startsWith("/api/v1/messages/with/")) continue;
      console.log(`  ${domain}: ${method} ${path}`);
    }
  }
  who.caller.close();
  partner.caller.close();
}
