/** Who is answered next: a line for each peer, in the order of arrival, and the peers in turn. */
import type { Address, Id } from "@keypears/protocol";
import type { Waiting } from "./device.ts";
import type { Pace } from "./pace.ts";

/** How many messages wait: of one peer, and in all. What comes beyond that is not answered. */
const MOST_OF_PEER = 200;
const MOST = 10_000;

/** Pauses after an answer that could not be given, in milliseconds. */
const FIRST_PAUSE = 15_000;
const MOST_PAUSE = 10 * 60_000;

interface Line {
  readonly messages: Map<Id, Waiting>;
  /** Whether the first of them is being answered. */
  isBusy: boolean;
  notBefore: number;
  /** How often the first of them was tried in vain. */
  failures: number;
}

export class Lines {
  readonly #pace: Pace;
  /** The longest unserved first. */
  readonly #lines = new Map<Address, Line>();
  #size = 0;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  /** Whether there is room for one more of this peer's. */
  hasRoom(peer: Address): boolean {
    return this.#size < MOST && (this.#lines.get(peer)?.messages.size ?? 0) < MOST_OF_PEER;
  }

  /** Adds a message; one that waits already waits once. */
  add(message: Waiting): void {
    const { peer, id } = message;
    const line = this.#lines.get(peer) ?? {
      messages: new Map<Id, Waiting>(),
      isBusy: false,
      notBefore: 0,
      failures: 0,
    };
    this.#lines.set(peer, line);
    if (line.messages.has(id)) return;
    line.messages.set(id, message);
    this.#size++;
  }

  /**
   * The message whose turn it is; its line waits until `done` or `later`. Where none is due, how long until one may be, in
   * milliseconds: null while that is not known.
   */
  next(now: number): Waiting | { readonly wait: number | null } {
    let wait: number | null = null;
    for (const [peer, line] of this.#lines) {
      const [first] = line.messages.values();
      if (first === undefined || line.isBusy) continue;
      const due = Math.max(line.notBefore - now, this.#pace.wait(peer, now));
      if (due <= 0) {
        line.isBusy = true;
        this.#lines.delete(peer);
        this.#lines.set(peer, line);
        return first;
      }
      wait = Math.min(wait ?? due, due);
    }
    return { wait };
  }

  /** The message was answered, or never will be. */
  done({ peer, id }: Waiting): void {
    const line = this.#lines.get(peer);
    if (line?.messages.delete(id) !== true) return;
    this.#size--;
    Object.assign(line, { isBusy: false, notBefore: 0, failures: 0 });
    if (line.messages.size === 0) this.#lines.delete(peer);
  }

  /** The message is tried again after a pause, and those behind it after that. */
  later({ peer }: Waiting, now: number): void {
    const line = this.#lines.get(peer);
    if (line === undefined) return;
    line.isBusy = false;
    line.notBefore = now + Math.min(MOST_PAUSE, FIRST_PAUSE * 2 ** line.failures);
    line.failures++;
  }
}
