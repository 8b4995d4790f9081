/**
 * For tests: what lies between the servers of a network, where calls get lost, doubled, late and out of order. Each node's
 * door is wrapped; a test says by rules what becomes of which call.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { PeerFault } from "@keypears/api";
import { WELL_KNOWN_PATH, utf8 } from "@keypears/protocol";
import type { Cause, Outbound, OutboundAnswer, OutboundRequest } from "../net/outbound.ts";

/** What one server asks of another, by the path without what stands for people and domains. */
export type CallKind =
  | "well-known"
  | "keys"
  | "federation/serves"
  | "federation/request-challenge"
  | "federation/notify"
  | "federation/pull"
  | "other";

/** A call that was made, and what came of it. */
export interface CallRecord {
  /** The domain of the server that calls. */
  readonly from: string;
  /** The host that it asks. */
  readonly host: string;
  readonly kind: CallKind;
  readonly path: string;
  readonly cause: Cause;
  /** The JSON of a POST; null otherwise. */
  readonly input: Readonly<Record<string, unknown>> | null;
  /** How many of this kind there were before it, and this one. */
  readonly number: number;
  /** How often it has reached the host. */
  readonly arrivals: number;
  /** What the caller was given; null until then. */
  readonly answer: OutboundAnswer | null;
}

/** A call on its way: a rule gives what its caller gets, by one of these or by several. */
export interface WireCall extends CallRecord {
  /** Lets it arrive, and gives the host's answer. Again: it arrives again. */
  pass(): Promise<OutboundAnswer>;
  /** It never arrives; the caller is told so at once. */
  drop(): OutboundAnswer;
  /** It arrives, and its answer is lost. */
  lose(): Promise<OutboundAnswer>;
  /** It arrives so often, one after the other; the caller gets the last answer. */
  repeat(times?: number): Promise<OutboundAnswer>;
  /** Waits until it is released, then lets it arrive. */
  hold(): Promise<OutboundAnswer>;
  release(): void;
  /** Arrives so many milliseconds late. */
  delay(milliseconds: number): Promise<OutboundAnswer>;
  /** Answers in the host's place, which hears of nothing. */
  reply(status: number, json: unknown): OutboundAnswer;
  fail(fault: PeerFault): OutboundAnswer;
}

export type Rule = (call: WireCall) => OutboundAnswer | Promise<OutboundAnswer>;

/** What lies between. The rule made last for a kind is asked first and alone; where there is none, a call passes. */
export class Wire {
  readonly #calls: Call[] = [];
  readonly #rules: { readonly kind: CallKind | "any"; readonly rule: Rule }[] = [];
  readonly #held = new Set<Call>();
  readonly #waiting = new Set<() => void>();

  /** All calls so far, in the order in which they were made. */
  get calls(): readonly CallRecord[] {
    return this.#calls;
  }

  /** The calls so far of a kind. */
  of(kind: CallKind): readonly CallRecord[] {
    return this.#calls.filter((call) => call.kind === kind);
  }

  /** From here on this becomes of calls of a kind, or of any call. Gives how to end that. */
  on(kind: CallKind | "any", rule: Rule): () => void {
    const entry = { kind, rule };
    this.#rules.push(entry);
    return () => {
      const index = this.#rules.indexOf(entry);
      if (index >= 0) this.#rules.splice(index, 1);
    };
  }

  /** This becomes of the next call of a kind. */
  once(kind: CallKind | "any", rule: Rule): void {
    const end = this.on(kind, (call) => {
      end();
      return rule(call);
    });
  }

  /** So many calls of a kind wait for each other and then arrive in reverse, one after the other. */
  reverse(kind: CallKind, count: number): void {
    const earlier: WireCall[] = [];
    const end = this.on(kind, async (call) => {
      if (earlier.length < count - 1) {
        earlier.push(call);
        return call.hold();
      }
      end();
      const answer = await call.pass();
      for (const other of earlier.toReversed()) {
        other.release();
        await this.until(() => other.answer !== null);
      }
      return answer;
    });
  }

  /** Ends all rules and releases what they hold. */
  clear(): void {
    this.#rules.length = 0;
    this.release();
  }

  /** Releases all that is held, in the order in which it came. */
  release(): void {
    for (const call of this.#held) call.release();
  }

  /** Waits until so many calls are held, and gives them. */
  async held(count = 1): Promise<readonly WireCall[]> {
    await this.until(() => this.#held.size >= count);
    return [...this.#held];
  }

  /** Waits until something holds that only calls change. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** The door of one server, with this wire behind it. */
  wrap(from: string, door: Outbound): Outbound {
    return {
      send: async (request) => {
        const kind = kindOf(request.path);
        const number = this.of(kind).length + 1;
        const call = new Call({ from, kind, number, request, door, held: this.#held });
        this.#calls.push(call);
        call.changed = () => {
          for (const wake of this.#waiting) wake();
        };
        call.changed();
        const found = this.#rules.findLast((one) => one.kind === kind || one.kind === "any");
        return call.settle(found?.rule ?? ((it) => it.pass()));
      },
      noteVerified: (host) => door.noteVerified(host),
      noteContact: (host) => door.noteContact(host),
      close: () => door.close(),
    };
  }
}

class Call implements WireCall {
  readonly from: string;
  readonly kind: CallKind;
  readonly number: number;
  readonly #request: OutboundRequest;
  readonly #door: Outbound;
  readonly #held: Set<Call>;
  readonly #released = Promise.withResolvers<void>();
  arrivals = 0;
  answer: OutboundAnswer | null = null;
  /** Tells whoever waits for something. */
  changed: () => void = () => {};

  constructor(options: {
    readonly from: string;
    readonly kind: CallKind;
    readonly number: number;
    readonly request: OutboundRequest;
    readonly door: Outbound;
    readonly held: Set<Call>;
  }) {
    ({ from: this.from, kind: this.kind, number: this.number } = options);
    ({ request: this.#request, door: this.#door, held: this.#held } = options);
  }

  get host(): string {
    return this.#request.host;
  }

  get path(): string {
    return this.#request.path;
  }

  get cause(): Cause {
    return this.#request.cause;
  }

  get input(): Readonly<Record<string, unknown>> | null {
    const { body } = this.#request;
    return body === undefined ? null : (JSON.parse(body) as Record<string, unknown>);
  }

  async settle(rule: Rule): Promise<OutboundAnswer> {
    this.answer = await rule(this);
    this.changed();
    return this.answer;
  }

  async pass(): Promise<OutboundAnswer> {
    this.arrivals++;
    this.changed();
    return this.#door.send(this.#request);
  }

  drop(): OutboundAnswer {
    return this.fail("timeout");
  }

  async lose(): Promise<OutboundAnswer> {
    await this.pass();
    return this.fail("timeout");
  }

  async repeat(times = 2): Promise<OutboundAnswer> {
    for (let left = times; left > 1; left--) await this.pass();
    return this.pass();
  }

  async hold(): Promise<OutboundAnswer> {
    this.#held.add(this);
    this.changed();
    await this.#released.promise;
    return this.pass();
  }

  release(): void {
    this.#held.delete(this);
    this.#released.resolve();
  }

  async delay(milliseconds: number): Promise<OutboundAnswer> {
    await sleep(milliseconds);
    return this.pass();
  }

  reply(status: number, json: unknown): OutboundAnswer {
    const body = utf8(JSON.stringify(json));
    return { ok: true, status, contentType: "application/json", retryAfter: null, body };
  }

  fail(fault: PeerFault): OutboundAnswer {
    return { ok: false, fault };
  }
}

const kinds: readonly (readonly [begin: string, kind: CallKind])[] = [
  [WELL_KNOWN_PATH, "well-known"],
  ["/api/v1/keys/", "keys"],
  ["/api/v1/federation/serves/", "federation/serves"],
  ["/api/v1/federation/request-challenge", "federation/request-challenge"],
  ["/api/v1/federation/notify", "federation/notify"],
  ["/api/v1/federation/pull", "federation/pull"],
];

function kindOf(path: string): CallKind {
  return kinds.find(([begin]) => path.startsWith(begin))?.[1] ?? "other";
}
