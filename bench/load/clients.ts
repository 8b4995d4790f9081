/** Spreads a benchmark's clients over processes, and gathers what they measured. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Done, Task, Work } from "./client-process.ts";
import type { Reach } from "./caller.ts";
import { type PersonJson, openPerson, signUp, write } from "./person.ts";

/** How long everybody works before it counts, in milliseconds: until the clients' code is compiled. */
const WARM_UP = 3_000;

export type Pair = readonly [PersonJson, PersonJson];

/** Servers by the domain that each is for. */
export type Servers = Readonly<Record<string, Reach>>;

/**
 * Signs up pairs of people, each of whom has written to the other: conversations. Both at one server, or the first of each
 * pair at one and the second at the other.
 */
export async function signUpPairs(at: string | Servers, count: number): Promise<Pair[]> {
  const servers = typeof at === "string" ? { localhost: { url: at } } : at;
  const domains = Object.keys(servers);
  const names = Array.from(
    { length: 2 * count },
    (_, index) => `person${index}@${domains[index % domains.length]}`,
  );
  const people: PersonJson[] = [];
  // A few at once: a server derives verifiers in turn, and refuses what queues up too far.
  for (let begin = 0; begin < names.length; begin += 8) {
    const some = names.slice(begin, begin + 8);
    people.push(...(await Promise.all(some.map((name) => signUp(serverOf(servers, name), name)))));
  }
  const pairs = Array.from(
    { length: count },
    (_, index) => people.slice(2 * index, 2 * index + 2) as [PersonJson, PersonJson],
  );
  for (const [first, second] of pairs) {
    const [one, other] = [
      await openPerson(serverOf(servers, first.address), first),
      await openPerson(serverOf(servers, second.address), second),
    ];
    await write(one, other, "May I?");
    await write(other, one, "Of course.");
    one.caller.close();
    other.caller.close();
  }
  return pairs;
}

/** The server of an address. */
export function serverOf(servers: Servers, address: string): Reach {
  const found = servers[address.slice(address.lastIndexOf("@") + 1)];
  if (found === undefined) throw new RangeError("nobody serves this address");
  return found;
}

/** Has so many clients do one thing for so long, from one process or two. Both of a pair can be clients. */
export async function together(options: {
  readonly url: string | Servers;
  readonly task: Task;
  readonly pairs: readonly Pair[];
  readonly clients: number;
  readonly milliseconds: number;
}): Promise<Done> {
  const { task, clients, milliseconds } = options;
  const servers =
    typeof options.url === "string" ? { localhost: { url: options.url } } : options.url;
  const both = options.pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
  const working = both.slice(0, clients);
  if (working.length < clients) throw new RangeError("clients: at most two for each pair");
  const from = Date.now() + WARM_UP;
  const processes = Math.min(clients, 2);
  const results = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const pairs = working.filter((__, place) => place % processes === index);
      return inProcess({ servers, task, pairs, from, to: from + milliseconds });
    }),
  );
  return {
    whole: results.flatMap(({ whole }) => whole),
    last: results.flatMap(({ last }) => last),
    busy: results.reduce((sum, { busy }) => sum + busy, 0),
  };
}

async function inProcess(work: Work): Promise<Done> {
  const child = fork(new URL("./client-process.ts", import.meta.url));
  child.send(work);
  const [first] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
  if (typeof first !== "object" || first === null) throw new Error("A client process failed.");
  child.disconnect();
  return first as Done;
}
