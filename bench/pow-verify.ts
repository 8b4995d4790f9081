/**
 * What proof of work costs the server that asks for it: a solution that holds, one that does not, and what a flood of wrong ones does to
 * everybody else. The flood comes at its own pace, whether it is answered or not.
 */
import { hash } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { contract } from "@keypears/api";
import { loadKernel } from "@keypears/pow5/node";
import {
  type Address,
  type Domain,
  type Hash,
  type Random,
  addressSubject,
  encodeSolution,
  makeChallenge,
  verifySolution,
} from "@keypears/protocol";
import { Caller } from "./load/caller.ts";
import { signUpPairs, together } from "./load/clients.ts";
import { describeMachine, spread } from "./load/machine.ts";
import { solve } from "./load/person.ts";
import { inFolder, settingsInWords, startServer } from "./load/server.ts";

/** The aims. */
const MOST_MILLISECONDS = 0.2;
const MOST_RATIO = 2;

const SOLUTIONS = 2_000;
const PER_SECOND = 1_000;
/** Without and with the flood in turn, so that a machine whose speed drifts slows both. */
const ROUNDS = 4;
const MILLISECONDS = 4_000;
/** What the flood's challenges ask for: nobody finds it by chance. */
const HOPELESS = "7000000";
const CONNECTIONS = 8;

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
const load = (): string => (loadavg()[0] ?? Number.NaN).toFixed(1);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The value below which 99 of 100 lie. */
function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

/** Milliseconds for each solution, on the clock and of all threads' processors, as the server judges them. */
async function judge(difficulty: number): Promise<{ clock: number; processor: number }> {
  const key = await crypto.subtle.importKey(
    "raw",
    random(32),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const kernel = loadKernel();
  const subject = addressSubject("alice@a.test" as Address);
  const about = { key, keyId: "1", domain: "a.test" as Domain, purpose: "login" } as const;
  const now = Date.now();
  const solutions = await Promise.all(
    Array.from({ length: SOLUTIONS }, async () =>
      solve(await makeChallenge({ ...about, subject, difficulty, now, random })),
    ),
  );
  const verifyAll = async (): Promise<void> => {
    for (const solution of solutions) {
      const { ok } = await verifySolution({
        ...{ solution, key, now },
        expected: { domain: about.domain, purposes: ["login"], subject },
        verifyPart: ({ seed, difficulty: wanted }, nonce) =>
          kernel.verify({ seed, difficulty: wanted, nonce }),
        // As the server does: in this thread.
        digest: (bytes) => new Uint8Array(hash("sha256", bytes, "buffer")) as Hash,
      });
      if (ok !== (difficulty === 1)) throw new Error("judged wrong");
    }
  };
  // Once unmeasured, while V8 optimises.
  await verifyAll();
  const cpu = process.cpuUsage();
  const began = performance.now();
  await verifyAll();
  const clock = (performance.now() - began) / SOLUTIONS;
  const { user, system } = process.cpuUsage(cpu);
  return { clock, processor: (user + system) / 1000 / SOLUTIONS };
}

interface Flood {
  readonly url: string;
  readonly body: string;
}

/** Sends wrong solutions at the pace until it is told to stop, then says how many were refused. */
async function flood({ url, body }: Flood): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const address = new URL(`/api/v1${contract.account.logIn.path}`, url);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  let stopped = false;
  parentPort?.once("message", () => (stopped = true));
  let sent = 0;
  let refused = 0;
  const others = new Map<number | undefined, number>();
  const began = performance.now();
  while (!stopped) {
    const due = ((performance.now() - began) / 1000) * PER_SECOND;
    for (; sent < due; sent++) {
      const outgoing = request(address, { method: "POST", headers, agent }, (incoming) => {
        const { statusCode } = incoming;
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (part: string) => (text += part));
        incoming.on("end", () => {
          if (text.includes('"work_refused"')) refused++;
          else others.set(statusCode, (others.get(statusCode) ?? 0) + 1);
        });
      });
      // What is under way at the end is cut.
      outgoing.on("error", () => undefined);
      outgoing.end(body);
    }
    // As evenly as timers allow: what comes in bursts waits for itself.
    await sleep(1);
  }
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  parentPort?.postMessage({ perSecond: refused / seconds, others: [...others] });
}

/** A wrong solution of a challenge that the server has made: only its parts show what it is. */
async function wrongLogIn(url: string, address: Address): Promise<string> {
  const caller = new Caller(url);
  const { challenge } = await caller.call(contract.account.requestChallenge, {
    purpose: "login",
    address,
  });
  caller.close();
  const login = { address, loginKey: "A".repeat(43), transport: "bearer" };
  return JSON.stringify({ ...login, solution: encodeSolution(solve(challenge)) });
}

async function measure(): Promise<void> {
  console.log(
    describeMachine({
      ...settingsInWords,
      "the flood's difficulty": HOPELESS,
      "load before": load(),
    }),
  );
  const right = await judge(1);
  const wrong = await judge(Number(HOPELESS));
  const inWords = ({ clock, processor }: typeof right): string =>
    `${clock.toFixed(3)} ms on the clock, ${processor.toFixed(3)} ms of processors`;
  console.log(`a solution that holds:      ${inWords(right)} (aim: under ${MOST_MILLISECONDS} ms)`);
  console.log(`one whose first part fails: ${inWords(wrong)}`);

  await inFolder(async (folder) => {
    const server = await startServer(folder, { env: { KEYPEARS_POW_LOGIN: HOPELESS } });
    try {
      const { url } = server;
      const pairs = await signUpPairs(url, 2);
      const body = await wrongLogIn(url, pairs[0]?.[0].address as Address);
      const cheap = async (): Promise<number[]> =>
        (
          await together({
            ...{ url, pairs, clients: 1, milliseconds: MILLISECONDS },
            task: "who am I",
          })
        ).whole;
      const alone: number[][] = [];
      const beside: number[][] = [];
      for (let round = 0; round < ROUNDS; round++) {
        alone.push(await cheap());
        const flooding = new Worker(new URL(import.meta.url), { workerData: { url, body } });
        beside.push(await cheap());
        const said = once(flooding, "message");
        flooding.postMessage("stop");
        const [{ perSecond, others }] = (await said) as [
          { perSecond: number; others: readonly (readonly [number, number])[] },
        ];
        await flooding.terminate();
        const rest = others.map(([status, count]) => `, ${count} answered ${status}`).join("");
        console.log(`  round ${round + 1}: ${perSecond.toFixed(0)} refused a second${rest}`);
      }
      console.log(`whoami alone:            ${spread(alone.flat())}`);
      console.log(`whoami beside the flood: ${spread(beside.flat())}`);
      const ratios = beside.map(
        (values, round) => percentile99(values) / percentile99(alone[round] ?? []),
      );
      const each = ratios.map((ratio) => ratio.toFixed(2)).join(", ");
      console.log(
        `99th percentile, beside against alone: median ${median(ratios).toFixed(2)} (${each}; aim: at most ${MOST_RATIO})`,
      );
    } finally {
      await server.kill();
    }
  });
  console.log(`load at the end: ${load()}, this benchmark's own included`);
}

await (isMainThread ? measure() : flood(workerData as Flood));
