/** When the jobs run: each by itself, again and again, from `startJobs` until it is stopped. */
import type { Context } from "../context.ts";
import { type Every, everyInterval } from "../events/stream.ts";
import { expireDeliveries } from "../delivery/outbox.ts";
import { purgeClaims } from "../store/claims.ts";
import { purgeIncoming } from "../store/incoming.ts";
import { purgeSessions } from "../store/sessions.ts";
import { eraseMessages, lapseRequests } from "./mailboxes.ts";
import { lookAtOwnDomain } from "./own-domain.ts";
import { countWaiting } from "./waiting.ts";

const MINUTE = 60_000;

/** A job does what is due and gives how much that was. */
type Job = (context: Context) => Promise<number>;

/** By the name under which they are logged, with their period in milliseconds. */
const jobs: Readonly<Record<string, readonly [period: number, job: Job]>> = {
  "erase messages": [MINUTE, eraseMessages],
  "look at the own domain": [MINUTE, lookAtOwnDomain],
  "expire deliveries": [MINUTE, expireDeliveries],
  "lapse requests": [10 * MINUTE, lapseRequests],
  "count what waits": [10 * MINUTE, countWaiting],
  "purge claims": [10 * MINUTE, inTransaction(purgeClaims)],
  "purge incoming": [60 * MINUTE, inTransaction(purgeIncoming)],
  "purge sessions": [60 * MINUTE, inTransaction(purgeSessions)],
};

function inTransaction(purge: typeof purgeClaims): Job {
  return async ({ store }) => {
    const now = await store.now();
    return store.transaction((tx) => purge(tx, now));
  };
}

/** What is not left to the first turn: until it is done, a server may act for a domain that names another one. */
const atStart = ["look at the own domain"];

/** Starts all jobs. What comes back stops them, and waits for the one that is under way. */
export function startJobs(context: Context, every: Every = everyInterval): () => Promise<void> {
  let working: Promise<void> = Promise.resolve();
  const run = async (name: string, job: Job): Promise<void> => {
    try {
      const count = await job(context);
      if (count > 0) context.log.info({ job: name, count }, "job done");
    } catch (error) {
      // The next turn tries again: what is due stays due.
      context.log.error({ job: name, err: error }, "job failed");
    }
  };
  const stops = Object.entries(jobs).map(([name, [period, job]]) => {
    const turn = (): void => {
      // One after another: they share the store with everybody else.
      working = working.then(() => run(name, job));
    };
    if (atStart.includes(name)) turn();
    return every(period, turn);
  });
  return async () => {
    for (const stop of stops) stop();
    await working;
  };
}
