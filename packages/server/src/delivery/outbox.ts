/**
 * What goes out (spec/9.2, steps 5 and 8): the recipient's server is told of each message, again and again until it has
 * stored it or refused it, for a day. One sender's messages to one recipient go one after the other, so that they keep their
 * order; everything else goes at the same time.
 */
import { type PeerFault, deliverySteps, peerContract } from "@keypears/api";
import { type Hash, idFromBytes, type Id, parseSolution, type Random } from "@keypears/protocol";
import type { Context } from "../context.ts";
import { callPeer, noteVerified } from "../federation/client.ts";
import { getAccount } from "../store/accounts.ts";
import {
  type Pair,
  deleteDelivery,
  expiredDeliveries,
  leaseDelivery,
  noteProgress,
  oldestDelivery,
  pullsOf,
  releaseDeliveries,
  releaseDelivery,
  waitingPairs,
} from "../store/deliveries.ts";
import { messagesAt } from "../store/mailbox.ts";
import type { DeliveryRow, MessageRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";
import { type Later, Rounds, type Turn } from "./rounds.ts";
import { DELIVERY_LEASE } from "./send-elsewhere.ts";

/** How many expired deliveries are failed in one transaction. */
const BATCH = 50;

/** What a notification came to. */
type Outcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "pending"; readonly step: string; readonly reason: string | null }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "fault"; readonly fault: PeerFault; readonly retryAfter?: number };

export class Outbox {
  readonly #context: () => Context;
  readonly #rounds: Rounds;
  /** Deliveries that were queued here, held for their first attempt. */
  readonly #held = new Set<number>();

  constructor(options: {
    readonly context: () => Context;
    readonly later: Later;
    readonly random: Random;
  }) {
    this.#context = options.context;
    this.#rounds = new Rounds({
      later: options.later,
      random: options.random,
      onError: (error) => this.#context().log.error({ err: error }, "a delivery failed"),
    });
  }

  /** Something is there to deliver from this sender to this recipient; `held` where this node has just queued it. */
  add(pair: Pair, held: number | null = null): void {
    if (held !== null) this.#held.add(held);
    const key = `${pair.account_id} ${pair.peer}`;
    this.#rounds.add(pair.domain, key, () => deliverNext(this.#context(), pair, this.#held));
  }

  /** A domain has shown itself: what waits for it is tried now. */
  wake(domain: Pair["domain"]): void {
    this.#rounds.wake(domain);
  }

  /** Takes up what a stop has left (spec/9.2). The database is this server's own: nobody else holds anything. */
  async resume(): Promise<void> {
    const { store } = this.#context();
    await store.transaction(releaseDeliveries);
    for (const pair of await waitingPairs(store.db)) this.add(pair);
  }

  /** Begins nothing any more, and waits for what is under way. */
  stop(): Promise<void> {
    return this.#rounds.stop();
  }
}

/** Delivers what a pair has, the oldest first, until nothing is left or something has to wait. */
async function deliverNext(context: Context, pair: Pair, queued: Set<number>): Promise<Turn> {
  const { store } = context;
  for (;;) {
    const delivery = await oldestDelivery(store.db, pair);
    if (delivery === undefined) return { kind: "done" };
    const now = await store.now();
    const held =
      queued.delete(delivery.id) ||
      (await store.transaction((tx) =>
        leaseDelivery(tx, delivery.id, { now, until: now + DELIVERY_LEASE }),
      ));
    if (!held) return { kind: "later" };
    let outcome: Outcome;
    try {
      outcome = now > delivery.expires_at ? lapsed : await notify(context, delivery);
      await context.reached("answered");
      await write(context, delivery, outcome);
    } catch (error) {
      // A fault of this server: it still holds the delivery when its turn comes again.
      queued.add(delivery.id);
      throw error;
    }
    if (outcome.kind === "fault") {
      const { retryAfter } = outcome;
      return retryAfter === undefined ? { kind: "fault" } : { kind: "fault", retryAfter };
    }
    if (outcome.kind === "pending") return { kind: "later" };
  }
}

/** The day is over: what was in the way last stays as the reason. */
const lapsed = { kind: "failed", reason: "" } as const;

/** Tells the recipient's server of a message (spec/9.2, step 5). */
async function notify(context: Context, delivery: DeliveryRow): Promise<Outcome> {
  const { federation, store } = context;
  if (federation === null) return { kind: "fault", fault: "dns" };
  const [message] = await messagesAt(store.db, delivery.account_id, [delivery.revision]);
  const solution = parseSolution(JSON.parse(delivery.solution));
  if (message === undefined || solution === null) throw new Error("A delivery has no message.");
  // Dropped at its sender's wish before it could be fetched.
  if (message.header === null) return { kind: "failed", reason: "expired" };
  const { address } = await getAccount(store.db, delivery.account_id);
  await context.reached("notifying");
  const answer = await callPeer(
    federation,
    delivery.domain,
    peerContract.federation.notify,
    {
      id: idFromBytes(message.id) as Id,
      hash: message.hash as Hash,
      sender: address,
      recipient: delivery.peer,
      pullToken: delivery.pull_token,
      solution: { challenge: solution.challenge, nonces: [...solution.nonces] },
    },
    { cause: "delivery", again: true },
  );
  if (answer.ok) {
    const { output } = answer;
    if (output.state === "delivered") return { kind: "delivered" };
    return { kind: "pending", step: output.step, reason: output.reason };
  }
  if (answer.kind === "fault") return answer;
  return judgeRefusal(answer.error);
}

/** What the recipient's server refuses for good, and what not. */
function judgeRefusal({
  code,
  reason,
}: {
  readonly code: string;
  readonly reason: string | undefined;
}): Outcome {
  switch (code) {
    case "work_in_progress":
      return { kind: "pending", step: "notified", reason: null };
    // No server of this protocol lacks this path.
    case "not_found":
      return { kind: "fault", fault: "bad_answer" };
    case "new_challenge":
    case "work_spent":
      return { kind: "failed", reason: "work_expired" };
    case "work_refused":
      return { kind: "failed", reason: reason === "expired" ? "work_expired" : code };
    case "message_refused":
      return { kind: "failed", reason: reason === "expired" ? "expired" : code };
    default:
      return { kind: "failed", reason: code };
  }
}

/** Writes down what a notification came to, and tells who reads the mailbox. */
async function write(context: Context, delivery: DeliveryRow, outcome: Outcome): Promise<void> {
  const { events, federation, store } = context;
  const changed = await store.transaction((tx) => writeOutcome(tx, delivery, outcome));
  await context.reached("delivered");
  if (outcome.kind === "delivered" && federation !== null) {
    void noteVerified(federation, delivery.domain);
  }
  if (changed !== null) events.publish(delivery.account_id, changed);
}

/** Gives the revision of the change, or null where nothing has changed. */
async function writeOutcome(
  tx: Queries,
  delivery: DeliveryRow,
  outcome: Outcome,
): Promise<number | null> {
  if (outcome.kind === "delivered") {
    if (!(await deleteDelivery(tx, delivery.id))) return null;
    return noteProgress(tx, delivery, { state: "delivered", step: null, reason: null });
  }
  // Meanwhile its day may have ended, and its message may have been sent again.
  const pulls = await pullsOf(tx, delivery.id);
  const [message] = await messagesAt(tx, delivery.account_id, [delivery.revision]);
  if (pulls === null || message === undefined) return null;
  if (outcome.kind === "failed") await deleteDelivery(tx, delivery.id);
  else await releaseDelivery(tx, delivery.id);
  const progress = progressOf(message, pulls, outcome);
  const { state, step, reason } = progress;
  if (message.state === state && message.step === step && message.reason === reason) return null;
  return noteProgress(tx, delivery, progress);
}

function progressOf(
  before: MessageRow,
  pulls: number,
  outcome: Exclude<Outcome, { kind: "delivered" }>,
): Pick<MessageRow, "state" | "step" | "reason"> {
  const known = further(before.step, pulls > 0 ? "pulled" : "queued");
  switch (outcome.kind) {
    case "failed":
      return {
        state: "failed",
        step: known,
        reason: outcome.reason || (before.reason ?? "timeout"),
      };
    case "pending":
      return { state: "pending", step: further(known, outcome.step), reason: outcome.reason };
    case "fault":
      return { state: "pending", step: known, reason: outcome.fault };
  }
}

/** The later of two steps: one that was taken is not taken back. */
function further(known: string | null, said: string): string {
  const steps: readonly string[] = deliverySteps;
  return steps.indexOf(said) > steps.indexOf(known ?? "") ? said : (known ?? "queued");
}

/** Fails what could not be delivered within a day (spec/9.2); gives how many. */
export async function expireDeliveries(context: Context): Promise<number> {
  const { events, store } = context;
  const now = await store.now();
  let failed = 0;
  for (;;) {
    const batch = await store.transaction(async (tx) => {
      const rows = await expiredDeliveries(tx, now, BATCH);
      const advances = new Map<number, number>();
      for (const delivery of rows) {
        const changed = await writeOutcome(tx, delivery, lapsed);
        if (changed !== null) advances.set(delivery.account_id, changed);
      }
      return { size: rows.length, advances };
    });
    for (const [accountId, revision] of batch.advances) events.publish(accountId, revision);
    failed += batch.size;
    if (batch.size < BATCH) return failed;
  }
}
