/** Some of a benchmark's clients, in a process of their own: each does its one thing again and again. */
import { contract } from "@keypears/api";
import { parseHeader } from "@keypears/protocol";
import { Refused } from "./caller.ts";
import { type Servers, serverOf } from "./clients.ts";
import { type Person, type PersonJson, openPerson, prepare, solve } from "./person.ts";

/** What a client does: writes to its partner, the same and waits until that hears of it, logs in, or asks who it is, which is as cheap as a call with a session can be. */
export type Task = "write" | "write and arrive" | "log in" | "who am I";

/** What the parent asks for. */
export interface Work {
  readonly servers: Servers;
  readonly task: Task;
  /** Who does it, and to whom. */
  readonly pairs: readonly (readonly [who: PersonJson, partner: PersonJson])[];
  /** From when to when it is measured, in milliseconds since 1970; before, everybody warms up. */
  readonly from: number;
  readonly to: number;
}

/** What comes back: how long things took that were done in that time, in milliseconds. */
export interface Done {
  /** The whole thing: with a message, from asking for the challenge to the acknowledgement, sealing included. */
  readonly whole: number[];
  /** Its last call alone: handing the message over, proving the password. */
  readonly last: number[];
  /** How often the server was too busy. */
  busy: number;
}

const TEXT =
  "A message as people write them: one sentence, and then another that is a little longer.";

/** Does it once, and gives when its last call began. */
const tasks: Record<Task, (who: Person, partner: Person) => Promise<number>> = {
  write: async (who, partner) => {
    const parcel = await prepare(who, partner, TEXT);
    const began = performance.now();
    await who.caller.call(contract.messages.send, parcel);
    return began;
  },
  "write and arrive": async (who, partner) => {
    const parcel = await prepare(who, partner, TEXT);
    const arrived = arrivalOf(partner, parseHeader(parcel.envelope.header)?.id ?? "");
    const began = performance.now();
    await Promise.all([who.caller.call(contract.messages.send, parcel), arrived]);
    return began;
  },
  "log in": async ({ caller, address, loginKey }) => {
    const { challenge } = await caller.call(contract.account.requestChallenge, {
      purpose: "login",
      address,
    });
    const began = performance.now();
    await caller.call(contract.account.logIn, {
      address,
      loginKey,
      solution: solve(challenge),
      transport: "bearer",
    });
    return began;
  },
  "who am I": async ({ caller }) => {
    const began = performance.now();
    await caller.call(contract.account.whoAmI, {});
    return began;
  },
};

/** Who waits for which message, by their event streams. */
const waiting = new Map<string, () => void>();

/** When the recipient's event stream tells of a message. */
function arrivalOf({ address }: Person, id: string): Promise<void> {
  return new Promise((resolve) => waiting.set(`${address} ${id}`, resolve));
}

function openStream({ address, caller }: Person): Promise<() => void> {
  return caller.openEvents((id) => {
    const name = `${address} ${id}`;
    waiting.get(name)?.();
    waiting.delete(name);
  });
}

async function again(who: Person, partner: Person, work: Work, done: Done): Promise<void> {
  while (Date.now() < work.to) {
    const measured = Date.now() >= work.from;
    const began = performance.now();
    try {
      const last = await tasks[work.task](who, partner);
      const ended = performance.now();
      if (!measured || Date.now() >= work.to) continue;
      done.whole.push(ended - began);
      done.last.push(ended - last);
    } catch (error) {
      if (!(error instanceof Refused && error.code === "busy")) throw error;
      done.busy++;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function run(work: Work): Promise<Done> {
  const done: Done = { whole: [], last: [], busy: 0 };
  const open = (person: PersonJson) => openPerson(serverOf(work.servers, person.address), person);
  const clients = await Promise.all(
    work.pairs.map(async ([who, partner]) => [await open(who), await open(partner)] as const),
  );
  const hears = work.task === "write and arrive" ? clients.map(([, partner]) => partner) : [];
  const streams = await Promise.all(hears.map(openStream));
  await Promise.all(clients.map(([who, partner]) => again(who, partner, work, done)));
  for (const close of streams) close();
  for (const { caller } of clients.flat()) caller.close();
  return done;
}

async function answer(work: Work): Promise<void> {
  try {
    process.send?.(await run(work));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

process.on("message", (work) => void answer(work as Work));
process.on("disconnect", () => process.exit());
