/**
 * A server in memory for tests of the engine: it keeps to the contract and the protocol's own rules, and does what a hostile
 * or broken one would where a test says so. It looks at no nonces and no passwords, and stores nothing. Some of its domains
 * may be at servers of their own: what goes from one to another is pending until a test moves it on.
 */
import {
  ApiError,
  type Change,
  type Contract,
  type Conversation,
  type Input,
  type Output,
  type PeerFault,
  type Procedure,
  type StoredMessage,
  change as changeSchema,
  contract,
} from "@keypears/api";
import {
  type Address,
  type Bytes,
  type CheckedRecord,
  type Hash,
  type Id,
  type NewKeySet,
  type OpenKeySet,
  type PublishedRecord,
  acceptMessage,
  addressSubject,
  domainOf,
  envelopeHash,
  equalBytes,
  generateKeySet,
  hashRecord,
  importBoxKey,
  makeChallenge,
  makeId,
  pairSubject,
  parseAddress,
  parseHeader,
  publishedKeys,
  signRecord,
  toBase64url,
  verifyChain,
} from "@keypears/protocol";
import * as z from "zod";
import { type Client, type ClientOptions, createClient } from "../client.ts";
import { acceptedChain } from "../directory.ts";
import type { AskDomain } from "../direct.ts";
import { ClientError } from "../errors.ts";
import type { ApiAnswer, ApiRequest, OpenedEvents, ServerSentEvent, Transport } from "../ports.ts";
import { TestClock } from "./clock.ts";
import { MemoryStore, QuickMiner, random } from "./ports.ts";

type Names = {
  [Area in keyof Contract & string]: `${Area}.${keyof Contract[Area] & string}`;
}[keyof Contract & string];
type ProcedureOf<Name extends Names> = Name extends `${infer Area}.${infer Member}`
  ? Area extends keyof Contract
    ? Member extends keyof Contract[Area]
      ? Contract[Area][Member] extends Procedure
        ? Contract[Area][Member]
        : never
      : never
    : never
  : never;

/** Somebody with a mailbox. */
export interface Account {
  readonly address: Address;
  sets: NewKeySet[];
  published: PublishedRecord[];
  loginKey: Bytes | null;
  wraps: Output<typeof contract.account.logIn>["wraps"];
  generation: number;
  kdfSuite: number;
  revision: number;
  readonly messages: StoredMessage[];
  readonly conversations: Map<Address, Conversation>;
  readonly blocked: Set<string>;
  readonly sessions: Map<string, Id>;
}

type Handler = (input: never, who: Account | null, token: string) => unknown;

/** Stands before a procedure: `next` is what an honest server does. */
export type Interceptor<Name extends Names> = (
  next: () => Promise<Output<ProcedureOf<Name>>>,
  input: Input<ProcedureOf<Name>>,
) => Promise<unknown>;

/** One open event stream. */
interface Stream {
  readonly account: Account;
  told: number;
  readonly queue: (ServerSentEvent | null)[];
  readonly send: (event: ServerSentEvent | null) => void;
}

/** A number for a test's own use: how hard work is in the town. */
export const DIFFICULTY = 1600;

export class Town {
  readonly clock = new TestClock();
  readonly accounts = new Map<Address, Account>();
  /** Every call, by name, in order. */
  readonly calls: string[] = [];
  /** Calls that fail before they reach the server, while this says so. */
  down = false;
  /** What an event stream does: work, be refused, or open and say nothing. */
  streaming: "works" | "refused" | "silent" = "works";
  /** When an event stream was asked for, whether or not the server was there. */
  readonly opened: number[] = [];
  /** Whether the streams break once, after the next message and before its conversation. */
  cutAfterMessage = false;
  /** Domains that have a server of their own. */
  readonly elsewhere = new Set<string>();
  /** What is in the way to such a domain. */
  readonly faults = new Map<string, PeerFault>();
  /** Of whom the records were asked for past the own server. */
  readonly askedDirectly: Address[] = [];
  readonly #interceptors = new Map<string, Interceptor<Names>>();
  readonly #streams = new Set<Stream>();
  readonly #spent = new Map<string, Hash>();
  readonly #key = random(32);

  /** Puts something before a procedure, until the next call of this. */
  on<Name extends Names>(name: Name, interceptor: Interceptor<Name> | null): void {
    if (interceptor === null) this.#interceptors.delete(name);
    else this.#interceptors.set(name, interceptor);
  }

  /** How often a procedure was called since the last time. */
  count(name: Names): number {
    return this.calls.filter((call) => call === name).length;
  }

  account(address: Address): Account {
    const account = this.accounts.get(address);
    if (account === undefined) throw new ApiError("no_such_user");
    return account;
  }

  /** Somebody with an account and a device that is logged in, without the work of passwords. */
  async person(text: string, options: Partial<ClientOptions> = {}): Promise<Person> {
    const address = parseAddress(text) as Address;
    const account = emptyAccount(address);
    this.accounts.set(address, account);
    await this.addKeySet(account, "initial");
    return this.device(account, options);
  }

  /** A device of somebody's, with all key sets. */
  async device(account: Account, options: Partial<ClientOptions> = {}): Promise<Person> {
    const { address, published } = account;
    const token = random(32);
    const sessionId = makeId(this.clock.time, random(10));
    account.sessions.set(toBase64url(token), sessionId);
    const store = new MemoryStore();
    const keys = await Promise.all(account.sets.map((set, index) => openSet(set, index + 1)));
    const [name, chain] = acceptedChain(published, await recordsOf(account), this.clock.time);
    const value = {
      address,
      kdfSuite: 1,
      sessionId,
      token,
      activeKey: keys.length,
      keys,
      locked: [],
    };
    await store.begin({ account: value, [name]: chain }, { keep: false });
    const miner = new QuickMiner();
    const ports = { transport: this.transport(), store, clock: this.clock, random, miner };
    const client = createClient({ session: "bearer", ports, ...options });
    return { address, account, store, miner, ports, client, token };
  }

  /** Publishes the next key set of somebody. */
  async addKeySet(account: Account, reason: "initial" | "rotation" | "reset"): Promise<void> {
    const keySet = await generateKeySet(random);
    const before = account.published.at(-1);
    const signedBefore = account.sets.at(-1)?.signing.privateKey;
    this.clock.advance(1);
    account.published.push(
      await signRecord({
        keySet,
        address: account.address,
        number: account.published.length + 1,
        reason,
        createdAt: this.clock.time,
        previous: before === undefined ? null : await hashRecord(before.record),
        ...(signedBefore === undefined ? {} : { previousSigningKey: signedBefore }),
      }),
    );
    account.sets.push(keySet);
  }

  /** Asks the domain of an address itself, past every interceptor (spec/4.4). */
  readonly askDomain: AskDomain = async (address, { from }) => {
    this.askedDirectly.push(address);
    const reason = this.faults.get(domainOf(address));
    if (reason !== undefined) return { ok: false, reason };
    try {
      const page = this.#records(from === undefined ? { address } : { address, from });
      const body = wire(z.encode(contract.keys.listRecords.output, page));
      return { ok: true, answer: { status: 200, body } };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { ok: true, answer: { status: error.status, body: wire(error.toBody()) } };
    }
  };

  /** Says how far a message on its way has come, and what is in its way. */
  move(
    sender: Account,
    id: Id,
    fields: Partial<Pick<StoredMessage, "state" | "step" | "reason">>,
  ): void {
    this.#update(sender, id, fields);
  }

  /** A message on its way has failed. */
  fail(sender: Account, id: Id, reason: string): void {
    this.#update(sender, id, { state: "failed", reason });
  }

  /** A message on its way arrives; what has arrived under its id already stays, and another one is a conflict (spec/6.6). */
  deliver(sender: Account, id: Id): void {
    const sent = sentOf(sender, id);
    if (sent === undefined) throw new Error(`${id} was never sent`);
    const recipient = this.account(sent.peer);
    const before = recipient.messages.find(
      (one) => one.id === id && one.peer === sender.address && one.direction === "received",
    );
    if (before !== undefined && !equalBytes(before.hash, sent.hash)) {
      return this.fail(sender, id, "id_conflict");
    }
    const { envelope, hash } = sent;
    const arrived = { state: "delivered", step: null, reason: null } as const;
    const receivedAt = this.clock.time;
    if (before === undefined && !recipient.blocked.has(sender.address)) {
      const peer = sender.address;
      const received = { id, envelope, hash, peer, direction: "received", receivedAt } as const;
      this.#store(recipient, { ...received, ...arrived });
    }
    this.#update(sender, id, { ...arrived, receivedAt });
  }

  transport(): Transport {
    return {
      call: async (request) => {
        // A round trip: nothing is answered in the turn in which it was asked.
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (this.down) throw new ClientError("unreachable");
        request.signal?.throwIfAborted();
        return this.#call(request);
      },
      openEvents: async (request) => {
        this.opened.push(this.clock.time);
        if (this.down) throw new ClientError("unreachable");
        return this.#openEvents(request);
      },
    };
  }

  /** Ends all event streams, as a server that stops does. */
  endStreams(): void {
    for (const stream of this.#streams) stream.send(null);
    this.#streams.clear();
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** A comment on every stream, as every 15 seconds. */
  beat(): void {
    this.say({ id: null, event: "", data: null });
  }

  /** Says something on every stream. */
  say(event: ServerSentEvent): void {
    for (const { send } of this.#streams) send(event);
  }

  /** How much of what was said nobody has taken yet. */
  get unheard(): number {
    return [...this.#streams].reduce((sum, { queue }) => sum + queue.length, 0);
  }

  /** Every stream stays open and says nothing more, as when a cable is cut. */
  mute(): void {
    this.#streams.clear();
  }

  async #call({ method, path, headers, body }: ApiRequest): Promise<ApiAnswer> {
    const url = new URL(path, "https://town.test");
    for (const [area, procedures] of Object.entries(contract)) {
      for (const [member, procedure] of Object.entries<Procedure>(procedures)) {
        const found = match(`/api/v1${procedure.path}`, url.pathname);
        if (found === null || procedure.method !== method) continue;
        const name = `${area}.${member}` as Names;
        const query = Object.fromEntries(url.searchParams);
        const given = method === "GET" ? { ...found, ...query } : JSON.parse(body ?? "{}");
        return this.#answer(name, procedure, given, headers["authorization"] ?? null);
      }
    }
    return { status: 404, body: new ApiError("not_found").toBody() };
  }

  async #answer(
    name: Names,
    procedure: Procedure,
    given: unknown,
    authorization: string | null,
  ): Promise<ApiAnswer> {
    this.calls.push(name);
    try {
      const token = authorization?.replace("Bearer ", "") ?? "";
      const who = [...this.accounts.values()].find(({ sessions }) => sessions.has(token)) ?? null;
      if (procedure.access === "session" && who === null) throw new ApiError("unauthenticated");
      const input = z.decode(procedure.input, given);
      const next = async (): Promise<unknown> => this.#handlers[name](input as never, who, token);
      const interceptor = this.#interceptors.get(name);
      const value = await (interceptor === undefined
        ? next()
        : interceptor(next as never, input as never));
      if (value instanceof Raw) return { status: 200, body: value.body };
      return { status: 200, body: wire(z.encode(procedure.output, value)) };
    } catch (error) {
      if (error instanceof ApiError) return { status: error.status, body: wire(error.toBody()) };
      throw error;
    }
  }

  async #openEvents({ headers, signal }: Omit<ApiRequest, "body">): Promise<OpenedEvents> {
    this.calls.push("events");
    const token = headers["authorization"]?.replace("Bearer ", "") ?? "";
    const account = [...this.accounts.values()].find(({ sessions }) => sessions.has(token));
    const refuse = (error: ApiError): OpenedEvents => ({
      ok: false,
      answer: { status: error.status, body: wire(error.toBody()) },
    });
    if (account === undefined) return refuse(new ApiError("unauthenticated"));
    if (this.streaming === "refused") return refuse(new ApiError("busy"));
    const queue: (ServerSentEvent | null)[] = [];
    let wake = (): void => {};
    const send = (event: ServerSentEvent | null): void => {
      queue.push(event);
      wake();
    };
    const last = headers["last-event-id"];
    const told = last === undefined ? account.revision : Math.min(Number(last), account.revision);
    const stream: Stream = { account, told, queue, send };
    const close = (): void => {
      this.#streams.delete(stream);
      queue.length = 0;
      send(null);
    };
    signal?.addEventListener("abort", close, { once: true });
    if (this.streaming === "works") {
      this.#streams.add(stream);
      send({ id: String(told), event: "message", data: null });
      this.#tell(stream);
    }
    const events = async function* (): AsyncGenerator<ServerSentEvent> {
      for (;;) {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const event = queue.shift();
        if (event === null || event === undefined) return;
        yield event;
      }
    };
    return { ok: true, events: events() };
  }

  #tell(stream: Stream): void {
    const { account } = stream;
    const changes = changesOf(account, stream.told);
    stream.told = account.revision;
    changes.forEach((change, index) => {
      const last = changes[index + 1]?.revision !== change.revision;
      const data = JSON.stringify(z.encode(changeSchema, change));
      stream.send({ id: last ? String(change.revision) : null, event: "change", data });
      if (this.cutAfterMessage && change.type === "message") {
        this.cutAfterMessage = false;
        this.endStreams();
      }
    });
  }

  /** Something in a mailbox has changed: everybody who follows it is told. */
  publish(account: Account): void {
    for (const stream of this.#streams) if (stream.account === account) this.#tell(stream);
  }

  /** Tells everybody who follows a mailbox once more what was told after a revision. */
  repeat(account: Account, after: number): void {
    for (const stream of this.#streams) {
      if (stream.account !== account) continue;
      stream.told = after;
      this.#tell(stream);
    }
  }

  readonly #handlers: Record<Names, Handler> = {
    "account.checkAvailability": ({ address }: { address: Address }) => ({
      status: this.accounts.has(address) ? "taken" : "available",
    }),
    "account.requestChallenge": async ({
      purpose,
      address,
    }: Input<typeof contract.account.requestChallenge>) => ({
      challenge: await this.#challenge(purpose, address, addressSubject(address)),
      kdfSuite: this.accounts.get(address)?.kdfSuite ?? 1,
    }),
    "account.register": async (input: Input<typeof contract.account.register>) => {
      const { address, loginKey, record, wraps, solution } = input;
      const hash = await hashRecord(record.record);
      const activeKey = { number: 1, hash };
      const taken = this.accounts.get(address);
      if (taken !== undefined) {
        const first = await hashRecord((taken.published[0] as PublishedRecord).record);
        if (!equalBytes(first, hash)) throw new ApiError("address_taken");
        return { session: null, activeKey };
      }
      this.#spend(solution.challenge.seed, hash);
      const account = emptyAccount(address);
      account.loginKey = loginKey;
      account.published.push(record);
      account.wraps = [{ number: 1, kdfSuite: 1, kind: 1, generation: 1, wraps }];
      this.accounts.set(address, account);
      return { session: this.#session(account), activeKey };
    },
    "account.logIn": async (input: Input<typeof contract.account.logIn>) => {
      this.#spend(input.solution.challenge.seed, null);
      const account = this.accounts.get(input.address);
      if (!account?.loginKey || !equalBytes(account.loginKey, input.loginKey)) {
        throw new ApiError("wrong_credentials");
      }
      const session = this.#session(account);
      const { generation: passwordGeneration, published: records, wraps } = account;
      return { session, passwordGeneration, records, wraps };
    },
    "account.stepUp": ({ loginKey, solution }: Input<typeof contract.account.stepUp>, who) => {
      this.#spend(solution.challenge.seed, null);
      const { loginKey: right, generation: passwordGeneration, wraps } = who as Account;
      if (right === null || !equalBytes(right, loginKey)) throw new ApiError("wrong_credentials");
      return { grant: random(32), passwordGeneration, wraps };
    },
    "account.logOut": (_: unknown, who, token) => {
      who?.sessions.delete(token);
      this.endStreams();
      return {};
    },
    "account.whoAmI": async (_: unknown, who, token) => {
      const { address, generation, sessions } = who as Account;
      const activeKey = await newestOf(who as Account);
      const sessionId = sessions.get(token);
      return { address, activeKey, sessionId, passwordGeneration: generation };
    },
    "account.listSessions": (_: unknown, who, token) => ({
      sessions: [...(who as Account).sessions].map(([key, id]) => ({
        ...{ id, current: key === token, createdAt: this.clock.time },
        ...{ lastUsedAt: this.clock.time, device: "test" },
      })),
    }),
    "account.endSession": ({ id }: { id: Id }, who) => {
      for (const [key, of] of (who as Account).sessions) {
        if (of === id) (who as Account).sessions.delete(key);
      }
      this.endStreams();
      return {};
    },
    "account.endOtherSessions": (_: unknown, who, token) => {
      const { sessions } = who as Account;
      const others = [...sessions.keys()].filter((key) => key !== token);
      for (const key of others) sessions.delete(key);
      this.endStreams();
      return { ended: others.length };
    },
    "account.getSettings": () => ({ firstContact: DIFFICULTY, message: DIFFICULTY, minimum: 1 }),
    "account.setSettings": () => ({ firstContact: DIFFICULTY, message: DIFFICULTY, minimum: 1 }),
    "keys.listRecords": (input: { address: Address; from?: number }) => this.#records(input),
    "directory.lookUp": (input: { address: Address; from?: number }, who) => {
      this.#reach(who as Account, input.address);
      return this.#records(input);
    },
    "messages.requestChallenge": async (
      { recipient }: Input<typeof contract.messages.requestChallenge>,
      who,
    ) => {
      const sender = (who as Account).address;
      this.#reach(who as Account, recipient);
      const account = this.account(recipient);
      const known = account.conversations.get(sender)?.accepted === true;
      const purpose = known ? "message" : "first-contact";
      return {
        challenge: await this.#challenge(purpose, recipient, pairSubject(sender, recipient)),
        recipientKey: await newestOf(account),
      };
    },
    "messages.send": async (input: Input<typeof contract.messages.send>, who) => ({
      message: await this.#send(input, who as Account),
    }),
    "messages.listConversations": (input: Page, who) => pageOf(who as Account, true, input),
    "messages.listRequests": (input: Page, who) => pageOf(who as Account, false, input),
    "messages.listMessages": (
      { peer, before = Infinity, limit = 50 }: Input<typeof contract.messages.listMessages>,
      who,
    ) => {
      const all = (who as Account).messages.filter(
        (message) => message.peer === peer && message.revision < before,
      );
      const messages = all.slice(-limit);
      return { messages, next: all.length > limit ? (messages[0]?.revision ?? null) : null };
    },
    "messages.listChanges": (
      { after, limit = 100 }: Input<typeof contract.messages.listChanges>,
      who,
    ) => {
      const account = who as Account;
      const all = changesOf(account, after);
      let end = Math.min(limit, all.length);
      while (end < all.length && all[end]?.revision === all[end - 1]?.revision) end++;
      const changes = all.slice(0, end);
      const more = end < all.length;
      const revision = more ? (changes.at(-1)?.revision ?? 0) : account.revision;
      return { changes, revision, more };
    },
    "messages.accept": ({ peer }: { peer: Address }, who) =>
      this.#change(who as Account, peer, { accepted: true, waiting: 0 }),
    "messages.decline": ({ peer }: { peer: Address }, who) =>
      this.#change(who as Account, peer, { waiting: 0, lastMessage: null }),
    "messages.markRead": ({ peer, revision }: Input<typeof contract.messages.markRead>, who) =>
      this.#change(who as Account, peer, { readRevision: revision, unread: 0 }),
    "messages.block": ({ target }: { target: string }, who) => {
      (who as Account).blocked.add(target);
      return {};
    },
    "messages.unblock": ({ target }: { target: string }, who) => {
      (who as Account).blocked.delete(target);
      return {};
    },
    "messages.listBlocks": (_: unknown, who) => ({
      blocks: [...(who as Account).blocked].map((target) => ({ target, since: this.clock.time })),
    }),
  };

  #session(account: Account): { id: Id; token: Bytes } {
    const token = random(32);
    const id = makeId(this.clock.time, random(10));
    account.sessions.set(toBase64url(token), id);
    return { id, token };
  }

  #spend(seed: Bytes, binding: Hash | null): void {
    const key = toBase64url(seed);
    const before = this.#spent.get(key);
    const same = before !== undefined && binding !== null && equalBytes(before, binding);
    if (before !== undefined && !same) throw new ApiError("work_spent");
    this.#spent.set(key, binding ?? (new Uint8Array(32) as Hash));
  }

  #challenge(
    purpose: Parameters<typeof makeChallenge>[0]["purpose"],
    address: Address,
    subject: Bytes,
  ) {
    return makeChallenge({
      ...{ key: this.#key, keyId: "1", domain: domainOf(address), purpose, subject },
      ...{ difficulty: DIFFICULTY, now: this.clock.time, random },
    });
  }

  #records({ address, from = 1 }: { address: Address; from?: number }) {
    const { published } = this.account(address);
    const records = published.slice(from - 1, from + 99);
    return { address, records, next: published.length > from + 99 ? from + 100 : null };
  }

  async #send(
    { envelope, solution }: Input<typeof contract.messages.send>,
    who: Account,
  ): Promise<StoredMessage> {
    const header = parseHeader(envelope.header);
    if (header === null) throw new ApiError("message_refused", { reason: "encoding" });
    if (header.sender !== who.address) throw new ApiError("wrong_sender");
    const recipient = this.account(header.recipient);
    const hash = await envelopeHash(envelope);
    const before = sentOf(who, header.id);
    if (before !== undefined && before.state !== "failed") {
      if (equalBytes(before.hash, hash)) return before;
      throw new ApiError("id_conflict");
    }
    const judged = await acceptMessage({
      envelope,
      senderRecords: publishedKeys(await recordsOf(who)),
      recipientRecords: publishedKeys(await recordsOf(recipient)),
      claimedAt: this.clock.time,
    });
    if (!judged.ok) {
      const { reason } = judged;
      if (reason === "stale_key" || reason === "stale_sender_key") throw new ApiError(reason);
      throw new ApiError("message_refused", { reason });
    }
    this.#spend(solution.challenge.seed, hash);
    const common: Omit<StoredMessage, "revision" | "changed" | "peer" | "direction"> = {
      ...{ id: header.id, envelope, hash, receivedAt: this.clock.time },
      state: "delivered",
      step: null,
      reason: null,
    };
    if (this.#isElsewhere(who, recipient.address)) {
      const waiting = { ...common, state: "pending", step: "queued" } as const;
      if (before !== undefined) return this.#update(who, header.id, waiting);
      return this.#store(who, { ...waiting, peer: recipient.address, direction: "sent" });
    }
    const sent = this.#store(who, { ...common, peer: recipient.address, direction: "sent" });
    if (!recipient.blocked.has(who.address)) {
      this.#store(recipient, { ...common, peer: who.address, direction: "received" });
    }
    return sent;
  }

  #isElsewhere({ address }: Account, other: Address): boolean {
    const [here, there] = [domainOf(address), domainOf(other)];
    return here !== there && (this.elsewhere.has(here) || this.elsewhere.has(there));
  }

  /** Whether somebody's server reaches another address. */
  #reach(who: Account, other: Address): void {
    const reason = this.faults.get(domainOf(other));
    if (reason !== undefined && this.#isElsewhere(who, other)) {
      throw new ApiError("domain_unreachable", { reason });
    }
  }

  /** Changes what somebody has sent, in its place. */
  #update(account: Account, id: Id, fields: Partial<StoredMessage>): StoredMessage {
    const before = sentOf(account, id);
    if (before === undefined) throw new Error(`${id} was never sent`);
    const message = { ...before, ...fields, changed: ++account.revision };
    account.messages[account.messages.indexOf(before)] = message;
    const conversation = account.conversations.get(message.peer);
    if (conversation?.lastMessage === before) {
      const { changed } = message;
      account.conversations.set(message.peer, { ...conversation, changed, lastMessage: message });
    }
    this.publish(account);
    return message;
  }

  /** Puts a message into a mailbox, whatever it is. */
  #store(account: Account, fields: Omit<StoredMessage, "revision" | "changed">): StoredMessage {
    const revision = ++account.revision;
    const message: StoredMessage = { ...fields, revision, changed: revision };
    account.messages.push(message);
    const before = account.conversations.get(message.peer) ?? emptyConversation(message.peer);
    const accepted = before.accepted || message.direction === "sent";
    account.conversations.set(message.peer, {
      ...before,
      accepted,
      waiting: accepted ? 0 : before.waiting + 1,
      unread: before.unread + (message.direction === "received" ? 1 : 0),
      changed: revision,
      lastRevision: revision,
      lastMessage: message,
    });
    this.publish(account);
    return message;
  }

  #change(account: Account, peer: Address, fields: Partial<Conversation>) {
    const before = account.conversations.get(peer);
    if (before === undefined) throw new ApiError("no_such_conversation");
    const conversation = { ...before, ...fields, changed: ++account.revision };
    account.conversations.set(peer, conversation);
    this.publish(account);
    return { conversation };
  }
}

/** An answer that is none of the contract's, as it stands. */
export class Raw {
  readonly body: unknown;
  constructor(body: unknown) {
    this.body = body;
  }
}

/** Somebody, with a device that is logged in. */
export interface Person {
  readonly address: Address;
  readonly account: Account;
  readonly store: MemoryStore;
  readonly miner: QuickMiner;
  readonly ports: ClientOptions["ports"];
  readonly client: Client;
  readonly token: Bytes;
}

type Page = Input<typeof contract.messages.listConversations>;

function emptyAccount(address: Address): Account {
  return {
    ...{ address, sets: [], published: [], loginKey: null, wraps: [], generation: 1, kdfSuite: 1 },
    ...{ revision: 0, messages: [], conversations: new Map(), blocked: new Set() },
    sessions: new Map(),
  };
}

function sentOf({ messages }: Account, id: Id): StoredMessage | undefined {
  return messages.find((one) => one.id === id && one.direction === "sent");
}

function emptyConversation(peer: Address): Conversation {
  return {
    ...{ peer, changed: 0, accepted: false, blocked: false, waiting: 0, unread: 0 },
    ...{ readRevision: 0, lastRevision: 0, lastMessage: null },
  };
}

function changesOf(account: Account, after: number): Change[] {
  const messages = account.messages.map((message): Change => ({
    type: "message",
    revision: message.changed,
    message,
  }));
  const conversations = [...account.conversations.values()].map((conversation): Change => ({
    type: "conversation",
    revision: conversation.changed,
    conversation,
  }));
  return [...messages, ...conversations]
    .filter(({ revision }) => revision > after)
    .toSorted((a, b) => a.revision - b.revision);
}

function pageOf(account: Account, accepted: boolean, { before = Infinity, limit = 50 }: Page) {
  const all = [...account.conversations.values()]
    .filter((one) => one.accepted === accepted && one.lastRevision < before)
    .filter((one) => accepted || one.waiting > 0)
    .toSorted((a, b) => b.lastRevision - a.lastRevision);
  const conversations = all.slice(0, limit);
  return { conversations, next: all.length > limit ? conversations.at(-1)?.lastRevision : null };
}

/** The verified chain of somebody. */
export async function recordsOf({
  address,
  published,
}: Account): Promise<readonly CheckedRecord[]> {
  const chain = await verifyChain(address, published);
  if (!chain.ok) throw new Error(`chain of ${address}: ${chain.reason}`);
  return chain.records;
}

async function newestOf(account: Account): Promise<{ number: number; hash: Hash }> {
  const { record } = account.published.at(-1) as PublishedRecord;
  return { number: account.published.length, hash: await hashRecord(record) };
}

async function openSet(set: NewKeySet, number: number): Promise<OpenKeySet> {
  const { agreement, signing, publicKeys } = set;
  const vaultKey = await importBoxKey(random(32));
  const [agreementKey, signingKey] = [agreement.privateKey, signing.privateKey];
  return { number, agreementKey, signingKey, vaultKey, publicKeys };
}

/** The members in braces of a path, or null where it is another path. */
function match(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith("{")) found[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return null;
  }
  return found;
}

/** What is left of a value after it has travelled. */
function wire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
