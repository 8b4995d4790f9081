/**
 * The engine as one thing: what the command line and the web app bind to.
 * @module
 */
import type { Address, Id, Pin } from "@keypears/protocol";
import { type SavedAccount, logIn, savedAccount, unlock } from "./account/log-in.ts";
import { logOut } from "./account/log-out.ts";
import { type SignUpWork, signUp, startWork } from "./account/sign-up.ts";
import type { GivenCeilings } from "./account/work.ts";
import {
  type Contact,
  type KnownChain,
  type RecordView,
  contactOf,
  recordView,
} from "./directory.ts";
import { type Engine, assemble } from "./engine.ts";
import { ClientError } from "./errors.ts";
import type { MessageMethods } from "./messages.ts";
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
  /** What is mined without asking the user (spec/7.5): by default four times the usual prices. */
  readonly ceilings?: GivenCeilings;
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

/**
 * The methods of messages, loaded with the first of them that is called: a page on which somebody logs in needs none. Where
 * they cannot be loaded, the server cannot be reached. All wait for one promise, so that calls keep their order.
 */
function messageMethods(engine: Engine): MessageMethods {
  let loading: Promise<MessageMethods> | null = null;
  const load = (): Promise<MessageMethods> => {
    loading ??= import("./messages.ts").then(
      (loaded) => loaded.messageMethods(engine),
      (cause: unknown) => {
        loading = null;
        throw new ClientError("unreachable", { cause });
      },
    );
    return loading;
  };
  const later = <Name extends Exclude<keyof MessageMethods, "follow" | "search">>(name: Name) =>
    (async (...given: readonly never[]) => {
      const method = (await load())[name] as (...given: readonly never[]) => unknown;
      return method(...given);
    }) as MessageMethods[Name];
  return {
    quote: later("quote"),
    prepare: later("prepare"),
    send: later("send"),
    retry: later("retry"),
    listConversations: later("listConversations"),
    listRequests: later("listRequests"),
    read: later("read"),
    async *follow(options) {
      yield* (await load()).follow(options);
    },
    async *search(options) {
      yield* (await load()).search(options);
    },
    accept: later("accept"),
    decline: later("decline"),
    block: later("block"),
    unblock: later("unblock"),
    listBlocks: later("listBlocks"),
    markRead: later("markRead"),
  };
}
