/**
 * What wakes the event streams: a mailbox has changed, a session has ended. In memory, for one process. It carries no
 * content: a stream that is woken reads what is committed, so that a lost or doubled call costs nothing but a read.
 */
import type { Id } from "@keypears/protocol";

/** What a stream is told. Called at once, from wherever something was published: it only notes and returns. */
export interface Subscriber {
  /** The mailbox has reached this revision. */
  changed(revision: number): void;
  /** The session has ended. */
  ended(): void;
}

interface Subscription {
  readonly sessionId: Id;
  readonly subscriber: Subscriber;
}

export class EventHub {
  readonly #byAccount = new Map<number, Set<Subscription>>();

  /** Tells `subscriber` about the account and the session until the function that comes back is called. */
  subscribe(
    { accountId, sessionId }: { readonly accountId: number; readonly sessionId: Id },
    subscriber: Subscriber,
  ): () => void {
    const subscription = { sessionId, subscriber };
    const ofAccount = this.#byAccount.get(accountId) ?? new Set();
    this.#byAccount.set(accountId, ofAccount.add(subscription));
    return () => {
      ofAccount.delete(subscription);
      if (ofAccount.size === 0 && this.#byAccount.get(accountId) === ofAccount) {
        this.#byAccount.delete(accountId);
      }
    };
  }

  /** A mailbox has changed: called once the change is committed, never before. */
  publish(accountId: number, revision: number): void {
    for (const { subscriber } of this.#byAccount.get(accountId) ?? []) subscriber.changed(revision);
  }

  /** A session of the account has ended: called once that is committed. */
  endSession(accountId: number, sessionId: Id): void {
    for (const subscription of this.#byAccount.get(accountId) ?? []) {
      if (subscription.sessionId === sessionId) subscription.subscriber.ended();
    }
  }

  /** All sessions of the account but `kept` have ended. */
  endSessions(accountId: number, kept: Id | null): void {
    for (const subscription of this.#byAccount.get(accountId) ?? []) {
      if (subscription.sessionId !== kept) subscription.subscriber.ended();
    }
  }

  /** The server stops: every stream ends. */
  endAll(): void {
    for (const ofAccount of this.#byAccount.values()) {
      for (const { subscriber } of ofAccount) subscriber.ended();
    }
  }

  /** How many streams are open, of one account or in all. */
  count(accountId?: number): number {
    if (accountId !== undefined) return this.#byAccount.get(accountId)?.size ?? 0;
    return [...this.#byAccount.values()].reduce((sum, ofAccount) => sum + ofAccount.size, 0);
  }
}
