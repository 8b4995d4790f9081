/**
 * One conversation: its pages, what comes in, and what is on its way out. Nothing is lost by a failure: what could not be sent stays, with
 * the reason, until it is sent or thrown away.
 */
import type { Address, Id } from "@keypears/protocol";
import type {
  Client,
  Contact,
  FollowEvent,
  MessageView,
  Prepared,
  Progress,
  Quote,
} from "@keypears/client";
import { difficultyOf, failureOf, faultOf } from "./failure.ts";
import { isRecallable, isWaiting, mergeMessages, withoutStored } from "./messages.ts";
import type { Outgoing, Resending } from "./messages.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";

export interface ThreadState {
  /** `failed` only where nothing could be read at all. */
  readonly status: "loading" | "ready" | "failed";
  readonly failure: string | null;
  readonly messages: readonly MessageView[];
  readonly outgoing: readonly Outgoing[];
  /** Messages among `messages` that had failed and are sent again, and those for which that was in vain. */
  readonly resending: ReadonlyMap<Id, Resending>;
  /** Whether there are older messages to be read. */
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
}

export interface LookedUp {
  readonly contact: Contact | null;
  readonly failure: string | null;
  readonly fault: string | null;
}

/** Work that is done before there is a message. */
export interface Ahead {
  readonly progress: Progress;
  readonly isDone: boolean;
}

export interface Thread {
  readonly peer: Address;
  readonly state: Store<ThreadState>;
  readonly ahead: Store<Ahead | null>;
  /** The peer's keys as last looked up; the code of why that failed, and what is in the way to the other domain where that is why. */
  readonly contact: Store<LookedUp>;
  readonly quote: Store<Quote | null>;
  /** What stands in the composer, kept while one looks elsewhere. */
  readonly draft: Store<string> & { set(value: string): void };
  /** Reads the newest page, and looks the peer up. */
  open(): void;
  /** Reads what came while nobody told. */
  refresh(): Promise<void>;
  loadOlder(): Promise<void>;
  send(text: string): void;
  /** Sends once more what failed. `ceiling` where the user agreed to a price, in hashes. */
  retry(id: Id, ceiling?: number): void;
  discard(id: Id): void;
  /** Takes back what is still being worked for: its text is in the composer again, before what is there by now. */
  takeBack(id: Id): void;
  /** Sends a stored message again that has failed on its way (spec/9.2). `ceiling` as in `retry`. */
  resend(message: MessageView, ceiling?: number): Promise<void>;
  /** The server is back: what waits goes now. */
  retryWaiting(): Promise<void>;
  /** Does the work of the next message now. */
  workAhead(): void;
  /** Whether somebody is at the composer: then the work of the message after one that was sent is done, too. */
  setWriting(isWriting: boolean): void;
  /** Messages that the event stream told of. */
  take(messages: readonly MessageView[]): void;
  /** A failed message is being sent again by itself. */
  takeMending(event: Extract<FollowEvent, { type: "mending" }>): void;
  takeContact(contact: Contact): void;
  /** The user has looked at the keys that were reset. */
  acknowledge(): Promise<void>;
  /** The user has compared safety numbers, or takes that back. */
  markVerified(verified: boolean): Promise<void>;
  close(): void;
}

/** Work done ahead is used within so long: its challenge holds for fifteen minutes (spec/7.2). */
const AHEAD_MILLISECONDS = 12 * 60_000;

/** What could not reach the server, or through it the other domain, is tried again after growing pauses. */
const LEAST_PAUSE = 3000;
const MOST_PAUSE = 60_000;

const PAGE = 50;

const nothing: ThreadState = {
  status: "loading",
  failure: null,
  messages: [],
  outgoing: [],
  resending: new Map(),
  hasOlder: false,
  isLoadingOlder: false,
};

/** Work under way or done, for one message. */
interface Work {
  readonly promise: Promise<Prepared>;
  readonly since: number;
  progress: Progress;
  /** Who wants to know how far it is. */
  onProgress(progress: Progress): void;
}

/** What a thread is given beside its client. */
export interface ThreadPorts {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** An id that nothing else has. */
  makeId(): Id;
}

/** Nothing done yet, nothing failed. */
const anew = {
  progress: { stage: "asking", parts: 0 },
  failure: null,
  fault: null,
  difficulty: null,
} as const;

export function createThread(
  client: Client,
  peer: Address,
  { now, sleep, makeId }: ThreadPorts,
): Thread {
  const state = createStore(nothing);
  const ahead = createStore<Ahead | null>(null);
  const contact = createStore<LookedUp>({ contact: null, failure: null, fault: null });
  const quote = createStore<Quote | null>(null);
  const draft = createStore("");
  const stop = new AbortController();
  let work: Work | null = null;
  let older: number | null = null;
  let opened = false;
  let pauses = 0;
  let isPumping = false;
  let isRetryAhead = false;
  let isWriting = false;
  /** What is being sent, and how it is taken back. */
  let current: { readonly id: Id; readonly stop: AbortController } | null = null;
  /** Prices that the user has agreed to. */
  const ceilings = new Map<Id, number>();

  function change(part: Partial<ThreadState>): void {
    state.set({ ...state.get(), ...part });
  }

  function take(messages: readonly MessageView[]): void {
    const { messages: known, outgoing } = state.get();
    const fresh = messages.filter(
      ({ revision }) => !known.some((one) => one.revision === revision),
    );
    change({
      messages: mergeMessages(known, messages),
      outgoing: withoutStored(outgoing, fresh),
    });
    for (const { id, state: fate } of messages) {
      if (fate !== "failed" && state.get().resending.has(id)) noteResending(id, null);
    }
    // Whoever answers knows one now: the price of a first contact holds no more.
    const isAnswered = fresh.some(({ direction }) => direction === "received");
    if (isAnswered && quote.get()?.purpose === "first-contact") {
      quote.set(null);
      setWork(null);
    }
  }

  async function refresh(): Promise<void> {
    try {
      const page = await client.messages.read({ peer, limit: PAGE, signal: stop.signal });
      const { messages, status } = state.get();
      const newest = messages.at(-1)?.revision ?? 0;
      // A gap between what is known and the newest page: begin anew from the newest.
      const [first] = page.messages;
      if (
        status === "ready" &&
        first !== undefined &&
        first.revision > newest &&
        page.next !== null
      ) {
        change({ messages: [] });
        older = page.next;
      } else if (status !== "ready") {
        older = page.next;
      }
      take(page.messages);
      change({ status: "ready", failure: null, hasOlder: older !== null });
    } catch (error) {
      if (stop.signal.aborted) return;
      const failure = failureOf(error);
      change(state.get().status === "ready" ? {} : { status: "failed", failure });
    }
  }

  function takeContact(told: Contact): void {
    contact.set({ contact: told, failure: null, fault: null });
  }

  async function lookUp(): Promise<void> {
    try {
      takeContact(await client.directory.lookUp(peer));
    } catch (error) {
      const [failure, fault] = [failureOf(error), faultOf(error)];
      contact.set({ contact: contact.get().contact, failure, fault });
    }
  }

  function changeOutgoing(id: Id, part: Partial<Outgoing>): void {
    change({
      outgoing: state.get().outgoing.map((one) => (one.id === id ? { ...one, ...part } : one)),
    });
  }

  /**
   * Sends one after the other, in their order. What cannot reach the server or the other domain holds up what came after it; what
   * failed for another reason waits for its author and lets the rest pass.
   */
  async function pump(): Promise<void> {
    if (isPumping) return;
    isPumping = true;
    try {
      for (let next = firstToSend(); next !== undefined; next = firstToSend()) await deliver(next);
    } finally {
      isPumping = false;
    }
  }

  function firstToSend(): Outgoing | undefined {
    if (stop.signal.aborted) return undefined;
    const first = state.get().outgoing.find((one) => one.failure === null || isWaiting(one));
    return first?.failure === null ? first : undefined;
  }

  async function deliver({ id, text }: Outgoing): Promise<void> {
    const ceiling = ceilings.get(id);
    const onProgress = (progress: Progress): void => changeOutgoing(id, { progress });
    const own = new AbortController();
    const signal = AbortSignal.any([stop.signal, own.signal]);
    current = { id, stop: own };
    try {
      const prepared = await takeWork(onProgress, signal);
      const message = await client.messages.send({
        ...{ signal, ceiling, onProgress },
        ...{ id, to: peer, text, prepared },
      });
      const { messages, outgoing } = state.get();
      change({
        messages: mergeMessages(messages, [message]),
        outgoing: outgoing.filter((other) => other.id !== id),
      });
      pauses = 0;
      // Whoever goes on writing finds the next work done. A stranger's next message costs the high price again: only for what is written.
      const isLast = firstToSend() === undefined;
      if (isWriting && isLast && quote.get()?.purpose === "message") workAhead();
    } catch (error) {
      if (signal.aborted) return;
      const difficulty = difficultyOf(error);
      const failure = failureOf(error);
      changeOutgoing(id, { failure, fault: faultOf(error), difficulty });
      if (isWaiting({ failure })) void retryLater();
    } finally {
      current = null;
    }
  }

  /** Sends what waits, after it is known what did reach the server. */
  async function retryWaiting(): Promise<void> {
    await refresh();
    change({
      outgoing: state.get().outgoing.map((one) => (isWaiting(one) ? { ...one, ...anew } : one)),
    });
    void pump();
  }

  async function retryLater(): Promise<void> {
    // Whoever presses "send again" in between begins no second round.
    if (isRetryAhead) return;
    isRetryAhead = true;
    const pause = Math.min(LEAST_PAUSE * 2 ** pauses++, MOST_PAUSE);
    try {
      await sleep(pause, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      throw error;
    } finally {
      isRetryAhead = false;
    }
    await retryWaiting();
  }

  function retry(id: Id, ceiling?: number): void {
    if (ceiling !== undefined) ceilings.set(id, ceiling);
    changeOutgoing(id, anew);
    void pump();
  }

  /** What is known of a message that is sent again; null to forget it. */
  function noteResending(id: Id, note: Resending | null): void {
    const resending = new Map(state.get().resending);
    if (note === null) resending.delete(id);
    else resending.set(id, note);
    change({ resending });
  }

  async function resend({ id, revision }: MessageView, ceiling?: number): Promise<void> {
    const onProgress = (progress: Progress): void => noteResending(id, { ...anew, progress });
    onProgress(anew.progress);
    try {
      const message = await client.messages.retry({
        ...{ peer, id, revision, ceiling, onProgress },
        signal: stop.signal,
      });
      take([message]);
      noteResending(id, null);
    } catch (error) {
      if (stop.signal.aborted) return;
      const difficulty = difficultyOf(error);
      const [failure, fault] = [failureOf(error), faultOf(error)];
      noteResending(id, { progress: null, failure, fault, difficulty });
    }
  }

  /** Has a work be the one of the next message; null where there is none. */
  function setWork(next: Work | null): void {
    work = next;
    if (next === null) {
      ahead.set(null);
      return;
    }
    next.onProgress = (progress) => {
      if (work === next) ahead.set({ progress, isDone: false });
    };
    next.onProgress(next.progress);
    next.promise.then(
      () => {
        if (work === next) ahead.set({ progress: next.progress, isDone: true });
      },
      () => {
        if (work === next) setWork(null);
      },
    );
  }

  /**
   * The work that was done ahead, once; undefined where there is none, or it is too old or failed: then sending does its own. It stays the
   * work of the next message where `signal` takes this one back.
   */
  async function takeWork(
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Prepared | undefined> {
    const taken = work;
    setWork(null);
    if (taken === null || now() - taken.since > AHEAD_MILLISECONDS) return undefined;
    taken.onProgress = onProgress;
    onProgress(taken.progress);
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener("abort", giveUp);
    try {
      return await Promise.race([taken.promise, givenUp]);
    } catch (error) {
      if (signal.aborted) {
        setWork(taken);
        throw error;
      }
      failureOf(error);
      return undefined;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async function prepare(onProgress: (progress: Progress) => void): Promise<Prepared> {
    const price = await client.messages.quote(peer);
    quote.set(price);
    return client.messages.prepare({
      ...{ to: peer, quote: price, onProgress },
      signal: stop.signal,
    });
  }

  function workAhead(): void {
    if (work !== null && now() - work.since < AHEAD_MILLISECONDS) return;
    const promise = prepare((progress) => {
      own.progress = progress;
      own.onProgress(progress);
    });
    const own: Work = {
      promise,
      since: now(),
      progress: anew.progress,
      onProgress: () => undefined,
    };
    setWork(own);
    // Why will be said when the message is sent: it fails in the same way.
    promise.catch((error: unknown) => {
      if (!stop.signal.aborted) failureOf(error);
    });
    void expire(own);
  }

  /** Throws work away when its challenge is over, or soon will be. */
  async function expire(own: Work): Promise<void> {
    try {
      await sleep(AHEAD_MILLISECONDS, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      throw error;
    }
    if (work === own) setWork(null);
  }

  return {
    peer,
    state,
    ahead,
    contact,
    quote,
    draft,

    open() {
      if (opened && state.get().status === "ready") return;
      opened = true;
      if (state.get().status === "failed") change({ status: "loading", failure: null });
      void refresh();
      void lookUp();
    },

    refresh,

    async loadOlder() {
      if (older === null || state.get().isLoadingOlder) return;
      change({ isLoadingOlder: true });
      try {
        const page = await client.messages.read({
          peer,
          before: older,
          limit: PAGE,
          signal: stop.signal,
        });
        older = page.next;
        change({ messages: mergeMessages(state.get().messages, page.messages) });
      } catch (error) {
        if (!stop.signal.aborted) failureOf(error);
      } finally {
        change({ isLoadingOlder: false, hasOlder: older !== null });
      }
    },

    send(text) {
      const id = makeId();
      const one: Outgoing = {
        id,
        text,
        since: now(),
        ...anew,
      };
      change({ outgoing: [...state.get().outgoing, one] });
      void pump();
    },

    retry,
    async retryWaiting() {
      pauses = 0;
      await retryWaiting();
    },

    discard(id) {
      change({ outgoing: state.get().outgoing.filter((one) => one.id !== id) });
    },

    takeBack(id) {
      const one = state.get().outgoing.find((other) => other.id === id);
      if (one === undefined || !isRecallable(one)) return;
      change({ outgoing: state.get().outgoing.filter((other) => other !== one) });
      draft.set([one.text, draft.get()].filter((text) => text !== "").join("\n"));
      if (current?.id === id) current.stop.abort(new Error("the message was taken back"));
    },

    workAhead,
    setWriting(next) {
      isWriting = next;
      if (next) workAhead();
    },

    resend,

    take,
    takeMending({ id, progress, failure }) {
      const isOver = progress === null && failure === null;
      noteResending(id, isOver ? null : { progress, failure, fault: null, difficulty: null });
    },
    takeContact,

    async acknowledge() {
      const { contact: known } = contact.get();
      if (known === null) return;
      takeContact(await client.directory.acknowledge(peer, known.newest));
    },

    async markVerified(verified) {
      const { contact: known } = contact.get();
      if (known === null) return;
      takeContact(await client.directory.markVerified(peer, known.newest, verified));
    },

    close: () => stop.abort(new Error("the conversation was closed")),
  };
}
