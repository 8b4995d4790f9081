/** Spreads a benchmark's clients over processes, and gathers what they measured. */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Done, Task, Work } from "./client-process.ts";
import { type PersonJson, openPerson, signUp, write } from "./person.ts";

/** How long everybody works before it counts, in milliseconds: until the clients' code is compiled. */
const WARM_UP = 3_000;

export type Pair = readonly [PersonJson, PersonJson];

/** Signs up pairs of people, each of whom has written to the other: conversations. */
export async function signUpPairs(url: string, count: number): Promise<Pair[]> {
  const names = Array.from({ length: 2 * count }, (_, index) => `person${index}@localhost`);
  const people: PersonJson[] = [];
  // A few at once: the server derives verifiers in turn, and refuses what queues up too far.
  for (let begin = 0; begin < names.length; begin += 8) {
    const some = names.slice(begin, begin + 8);
    people.push(...(await Promise.all(some.map((name) => signUp(url, name)))));
  }
  const pairs = Array.from(
    { length: count },
    (_, index) => people.slice(2 * index, 2 * index + 2) as [PersonJson, PersonJson],
  );
  for (const [first, second] of pairs) {
    const [one, other] = [await openPerson(url, first), await openPerson(url, second)];
    await write(one, other, "May I?");
    await write(other, one, "Of course.");
    one.caller.close();
    other.caller.close();
  }
  return pairs;
}

/** Has so many clients do one thing for so long, from one process or two. Both of a pair can be clients. */
export async function together(options: {
  readonly url: string;
  readonly task: Task;
  readonly pairs: readonly Pair[];
  readonly clients: number;
  readonly milliseconds: number;
}): Promise<Done> {
  const { url, task, clients, milliseconds } = options;
  const both = options.pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
  const working = both.slice(0, clients);
  if (working.length < clients) throw new RangeError("clients: at most two for each pair");
  const from = Date.now() + WARM_UP;
  const processes = Math.min(clients, 2);
  const results = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const pairs = working.filter((__, place) => place % processes === index);
      return inProcess({ url, task, pairs, from, to: from + milliseconds });
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
