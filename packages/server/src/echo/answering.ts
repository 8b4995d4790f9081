/** Following the mailbox and answering what comes: once each, whatever happens in between. */
import { ApiError, type Client, type Clock, type MessageView } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import type { Log } from "../context.ts";
import type { EchoDevice, Waiting } from "./device.ts";
import { answerId, judge, refusalOf } from "./judge.ts";
import { Lines } from "./lines.ts";
import type { Pace } from "./pace.ts";

/** The most work for one answer: the usual price of a first contact (spec/7.5). Whoever asks for more gets none. */
export const MOST_WORK = 70_000_000;

/** How many peers are answered at once: a domain that is slow to answer keeps no other waiting. */
const AT_ONCE = 4;
/** How long an answer is worth giving, in milliseconds: as long as a delivery is tried. */
const LIFETIME = 24 * 3_600_000;
/** How many messages are read to have one, so that the ones its author had seen are there as well. */
const STRETCH = 5;

export interface AnsweringOptions {
  readonly client: Client;
  readonly device: EchoDevice;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Follows and answers until the signal is aborted; rejects with what is in the way of both, such as the end of the session. */
export async function answerAll(options: AnsweringOptions): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const answering = new Answering({ ...options, signal });
  const both = [answering.follow(), answering.work()].map((part) =>
    part.catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const [failed] = (await Promise.allSettled(both)).filter((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

class Answering {
  readonly #options: AnsweringOptions;
  readonly #lines: Lines;
  /** Wakes whoever waits for a message to become due. */
  #wake: () => void = () => {};

  constructor(options: AnsweringOptions) {
    this.#options = options;
    this.#lines = new Lines(options.pace);
    for (const message of options.device.waiting()) this.#lines.add(message);
  }

  /** Notes what is to be answered, and only then that it was looked at; accepts whoever asks to write. */
  async follow(): Promise<void> {
    const { client, device, signal } = this.#options;
    const { messages } = client;
    for await (const event of messages.follow({ after: device.looked(), signal })) {
      if (event.type === "message") await this.#note(event.message);
      else if (event.type === "conversation") {
        const { peer, accepted, blocked, waiting } = event.conversation;
        if (!accepted && !blocked && waiting > 0) await this.#accept(peer);
      } else if (event.type === "reached" || event.type === "rewound") {
        await device.keepLooked(event.revision);
      }
    }
  }

  async #note(message: MessageView): Promise<void> {
    const { device, log } = this.#options;
    const { peer, id, revision, receivedAt } = message;
    if (judge(message) === "never") return;
    if (!this.#lines.hasRoom(peer)) {
      log.warn({ reason: "too_many" }, "a message is not answered");
      return;
    }
    const waiting: Waiting = { peer, id, revision, receivedAt };
    await device.keepWaiting(waiting);
    this.#lines.add(waiting);
    this.#wake();
  }

  /** At once, so that the next ones cost what they cost in a conversation, and five are not all that can come (spec/7.6). */
  async #accept(peer: Address): Promise<void> {
    try {
      await this.#options.client.messages.accept(peer);
    } catch (error) {
      // The answer accepts as well.
      if (!(error instanceof ApiError)) throw error;
      this.#options.log.warn({ err: error }, "a request was not accepted");
    }
  }

  /** Answers what is due, peers in turn. */
  async work(): Promise<void> {
    const { clock, signal } = this.#options;
    const failure = new AbortController();
    const working = new Set<Promise<void>>();
    while (!signal.aborted && !failure.signal.aborted) {
      const next = working.size < AT_ONCE ? this.#lines.next(clock.now()) : { wait: null };
      if ("wait" in next) {
        await this.#pause(next.wait);
        continue;
      }
      const answering = this.#deal(next)
        .catch((error: unknown) => failure.abort(error))
        .finally(() => {
          working.delete(answering);
          this.#wake();
        });
      working.add(answering);
    }
    await Promise.all(working);
    failure.signal.throwIfAborted();
  }

  /** So long, or until woken. */
  async #pause(milliseconds: number | null): Promise<void> {
    const { clock, signal } = this.#options;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const early = AbortSignal.any([woken.signal, signal]);
    try {
      await clock.sleep(milliseconds ?? LIFETIME, early);
    } catch (error) {
      if (!early.aborted) throw error;
    }
  }

  /** Answers a message, or says why not. Rejects only where what is kept on the device cannot be changed. */
  async #deal(message: Waiting): Promise<void> {
    const { clock, device, log, signal } = this.#options;
    let refusal: string | null = null;
    try {
      if (clock.now() - message.receivedAt > LIFETIME) refusal = "too_late";
      else if (!(await this.#answer(message))) {
        this.#lines.later(message, clock.now());
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      refusal = refusalOf(error);
      if (refusal === null) {
        log.warn({ err: error }, "an answer has to wait");
        this.#lines.later(message, clock.now());
        return;
      }
    }
    if (refusal !== null) log.warn({ reason: refusal }, "a message is not answered");
    await device.dropWaiting(message);
    this.#lines.done(message);
  }

  /** Gives a message back; false where it has to wait. */
  async #answer(waiting: Waiting): Promise<boolean> {
    const { client, clock, pace, signal } = this.#options;
    const { messages } = client;
    const { peer } = waiting;
    const message = await this.#read(waiting);
    if (message === null) return true;
    const verdict = judge(message);
    if (verdict === "reset") {
      // Nobody is here to look at new keys, and nothing that was written by the old ones goes to them: those messages come
      // first, and fail. To whom it belongs that writes by the new ones, only they can know.
      const contact = await client.directory.lookUp(peer);
      await client.directory.acknowledge(peer, contact.newest);
      return false;
    }
    if (verdict === "later") return false;
    const { text, deleteAfter } = message;
    if (verdict === "never" || text === null) return true;
    const quote = await messages.quote(peer, signal);
    if (quote.difficulty <= MOST_WORK) pace.spend(peer, quote.difficulty, clock.now());
    const prepared = await messages.prepare({ to: peer, quote, signal });
    await messages.send({
      ...{ to: peer, text, ref: waiting.id, id: await answerId(waiting), prepared, signal },
      // It lives no longer than what it repeats.
      ...(deleteAfter === null ? {} : { deleteAfter }),
    });
    return true;
  }

  /** The message as it is now; null where it is gone. */
  async #read({ peer, id, revision }: Waiting): Promise<MessageView | null> {
    const { client, signal } = this.#options;
    const page = { peer, before: revision + 1, limit: STRETCH, signal };
    const { messages } = await client.messages.read(page);
    const last = messages.at(-1);
    return last?.id === id && last.direction === "received" ? last : null;
  }
}
