/**
 * The engine as one thing: what the command line and the web app bind to.
 * @module
 */
import type { Address, Domain, Id, Pin } from "@keypears/protocol";
import { type SavedAccount, logIn, savedAccount, unlock } from "./account/log-in.ts";
import { logOut } from "./account/log-out.ts";
import { type SignUpWork, signUp, startWork } from "./account/sign-up.ts";
import type { Ceilings } from "./account/work.ts";
import { type FollowEvent, follow } from "./conversations/follow.ts";
import * as inbox from "./conversations/inbox.ts";
import { read } from "./conversations/read.ts";
import { search } from "./conversations/search.ts";
import {
  type Draft,
  type Prepared,
  type Quote,
  prepare,
  quote,
  retry,
  send,
} from "./conversations/send.ts";
import type {
  ConversationPage,
  ConversationView,
  MessagePage,
  MessageView,
} from "./conversations/views.ts";
import {
  type Contact,
  type KnownChain,
  type RecordView,
  contactOf,
  recordView,
} from "./directory.ts";
import { type Engine, assemble } from "./engine.ts";
import { readChain } from "./pages.ts";
import type { Ports } from "./ports.ts";
import type { LongOptions } from "./progress.ts";

/** A session of the account (spec/8.1). */
export interface SessionView {
  readonly id: Id;
  readonly current: boolean;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** What the client called itself. */
  readonly device: string;
}

/** The account's prices (spec/7.5). */
export interface Settings {
  readonly firstContact: number;
  readonly message: number;
  /** The least that the server allows. */
  readonly minimum: number;
}

/** The account on this device. */
export interface AccountMethods {
  /** Who is logged in here, or null. Asks nobody. */
  saved(): Promise<SavedAccount | null>;
  checkAvailability(
    address: Address,
  ): Promise<"available" | "taken" | "form" | "reserved" | "closed">;
  /** Asks for a sign-up's challenge and begins to mine (spec/7.2). */
  startWork(address: Address, options?: LongOptions): Promise<SignUpWork>;
  /**
   * Makes an account with its first key set, and keeps its session and keys on this device (spec/4.1). `strength` is the
   * zxcvbn score of the password, 0 to 4.
   */
  signUp(
    options: LongOptions & {
      readonly address: Address;
      readonly password: string;
      readonly strength: number;
      readonly work?: SignUpWork | undefined;
    },
  ): Promise<SavedAccount>;
  /** Proves the password, opens the keys, keeps session and keys on this device (spec/8.1). */
  logIn(
    options: LongOptions & { readonly address: Address; readonly password: string },
  ): Promise<SavedAccount>;
  /** Opens the keys again within the session that is there, by a step-up (spec/8.2). */
  unlock(options: LongOptions & { readonly password: string }): Promise<SavedAccount>;
  /** Ends the session and deletes everything from this device. `ended` is false where the server could not be told. */
  logOut(): Promise<{ readonly ended: boolean }>;
  whoAmI(): Promise<{
    readonly address: Address;
    readonly activeKey: Pin;
    readonly sessionId: Id;
    readonly passwordGeneration: number;
  }>;
  listSessions(): Promise<readonly SessionView[]>;
  endSession(id: Id): Promise<void>;
  /** Ends all others; gives how many. */
  endOtherSessions(): Promise<number>;
  getSettings(): Promise<Settings>;
  setSettings(change: {
    readonly firstContact?: number;
    readonly message?: number;
  }): Promise<Settings>;
}

/** Who has which keys. */
export interface DirectoryMethods {
  /** Somebody's keys, asked for now, judged and remembered (spec/4.5). */
  lookUp(address: Address): Promise<Contact>;
  /** The user has looked at a reset: `newest` is what was shown. Writing is possible again. */
  acknowledge(address: Address, newest: Pin): Promise<Contact>;
  /** The user has compared safety numbers, which also ends a fork; or takes that back. */
  markVerified(address: Address, newest: Pin, verified?: boolean): Promise<Contact>;
  /**
   * What this server publishes of the keys of an address of its own, verified from the first record on, the oldest first
   * (spec/4.4). Needs no session, compares with nothing that this device knew, and remembers nothing. `keys_refused` for what
   * is no chain.
   */
  listRecords(address: Address): Promise<readonly RecordView[]>;
}

/** Messages. */
export interface MessageMethods {
  /** What the next message to somebody costs now. */
  quote(to: Address, signal?: AbortSignal): Promise<Quote>;
  /** Does the work of a message ahead. */
  prepare(
    options: LongOptions & { readonly to: Address; readonly quote?: Quote | undefined },
  ): Promise<Prepared>;
  /**
   * Seals and sends a message (spec/6). Messages to one recipient arrive in the order in which this was called. One that
   * failed may have arrived: sent again with the `id` of the first attempt, it arrives once.
   */
  send(
    options: Draft & LongOptions & { readonly prepared?: Prepared | undefined },
  ): Promise<MessageView>;
  /**
   * Sends a failed message of one's own again, under the same id and in the same place: with new work alone where it may
   * have arrived or only the work was too late, else sealed again to the keys of now (spec/9.2). Gives a message that is not
   * failed as it is: another device was first. `not_again` where there is nothing that could be sent again. With the
   * message's `revision` it is found at once, else among the last 1000 of the conversation.
   */
  retry(
    options: LongOptions & {
      readonly peer: Address;
      readonly id: Id;
      readonly revision?: number | undefined;
    },
  ): Promise<MessageView>;
  listConversations(options?: {
    readonly before?: number;
    readonly limit?: number;
  }): Promise<ConversationPage>;
  /** Strangers whose messages wait. */
  listRequests(options?: {
    readonly before?: number;
    readonly limit?: number;
  }): Promise<ConversationPage>;
  /** The newest messages with a peer, or those before a revision: `limit` of them (50), the oldest first. */
  read(options: {
    readonly peer: Address;
    readonly before?: number;
    readonly limit?: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<MessagePage>;
  /**
   * Every change of the mailbox after a revision, in order, none twice and none left out; without `after` from now on
   * (spec/12.3). Ends when the signal is aborted; throws `unauthenticated` when the session has ended. While it runs, sent
   * messages that failed for a reason of `mendable` are sent again by themselves, once for each reason (spec/9.2): those that
   * fail now, and those among the mailbox's last 300 changes that this device has not looked at; not with `mend: false`.
   */
  follow(options?: {
    readonly after?: number;
    readonly mend?: boolean;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<FollowEvent>;
  /** Messages whose text has `text` in it, whatever the case: conversation by conversation, the newest first. */
  search(options: {
    readonly text: string;
    readonly peer?: Address;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<MessageView>;
  accept(peer: Address): Promise<ConversationView>;
  /** Deletes what a stranger has waiting. */
  decline(peer: Address): Promise<ConversationView>;
  block(target: Address | Domain): Promise<void>;
  unblock(target: Address | Domain): Promise<void>;
  listBlocks(): Promise<readonly inbox.BlockView[]>;
  markRead(peer: Address, revision: number): Promise<ConversationView>;
}

/** The engine. */
export interface Client {
  readonly account: AccountMethods;
  readonly directory: DirectoryMethods;
  readonly messages: MessageMethods;
}

/** What a client is made of. */
export interface ClientOptions {
  readonly ports: Ports;
  /** How the session travels: `cookie` in a browser, `bearer` everywhere else (spec/8.1). */
  readonly session: "cookie" | "bearer";
  readonly ceilings?: Partial<Ceilings>;
}

/** Makes an engine over its ports. Nothing is asked of anybody before a method is called. */
export function createClient(options: ClientOptions): Client {
  const engine = assemble(options);
  return {
    account: accountMethods(engine),
    directory: directoryMethods(engine),
    messages: messageMethods(engine),
  };
}

function accountMethods(engine: Engine): AccountMethods {
  const { account: api } = engine.api;
  return {
    saved: async () => {
      const account = await engine.device.account();
      return account === null ? null : savedAccount(account);
    },
    checkAvailability: async (address) => (await api.checkAvailability({ address })).status,
    startWork: (address, options) => startWork(engine, address, options),
    signUp: (options) => signUp(engine, options),
    logIn: (options) => logIn(engine, options),
    unlock: (options) => unlock(engine, options),
    logOut: () => logOut(engine),
    whoAmI: () => api.whoAmI({}),
    listSessions: async () => (await api.listSessions({})).sessions,
    endSession: async (id) => {
      await api.endSession({ id });
    },
    endOtherSessions: async () => (await api.endOtherSessions({})).ended,
    getSettings: () => api.getSettings({}),
    setSettings: (change) => api.setSettings(change),
  };
}

function directoryMethods({ api, device, directory }: Engine): DirectoryMethods {
  /** Both chains are fresh before a safety number is shown (spec/4.6). */
  const withOwn = async (chain: KnownChain): Promise<Contact> => {
    const { address } = await device.session();
    return contactOf(chain, chain.address === address ? chain : await directory.ask(address));
  };
  return {
    lookUp: async (address) => withOwn(await directory.askBoth(address)),
    acknowledge: async (address, newest) => withOwn(await directory.accept(address, newest, false)),
    markVerified: async (address, newest, verified = true) =>
      withOwn(
        verified
          ? await directory.accept(address, newest, true)
          : await directory.unverify(address),
      ),
    listRecords: async (address) => {
      const links = await readChain(address, [], (from) =>
        api.keys.listRecords(from === undefined ? { address } : { address, from }),
      );
      return links.map(({ record }) => recordView(record));
    },
  };
}

function messageMethods(engine: Engine): MessageMethods {
  const { messages: api } = engine.api;
  return {
    quote: (to, signal) => quote(engine, to, signal),
    prepare: (options) => prepare(engine, options),
    send: (options) => send(engine, options),
    retry: (options) => retry(engine, options),
    listConversations: (options) => inbox.list(engine, "listConversations", options),
    listRequests: (options) => inbox.list(engine, "listRequests", options),
    read: (options) => read(engine, options),
    follow: (options) => follow(engine, options),
    search: (options) => search(engine, options),
    accept: (peer) => inbox.accept(engine, peer),
    decline: (peer) => inbox.decline(engine, peer),
    block: async (target) => {
      await api.block({ target });
    },
    unblock: async (target) => {
      await api.unblock({ target });
    },
    listBlocks: () => inbox.listBlocks(engine),
    markRead: (peer, revision) => inbox.markRead(engine, peer, revision),
  };
}
