/**
 * The engine as one thing: what the command line and the web app bind to.
 * @module
 */
import type {
  Address,
  Challenge,
  ChainJudgment,
  Domain,
  Id,
  Pin,
  Purpose,
  Reason,
  Solution,
  PublicKeys,
  Hash,
} from "@keypears/protocol";
import type {
  ConversationPage,
  ConversationView,
  MessagePage,
  MessageView,
} from "./conversations/views.ts";
import type { Ports } from "./ports.ts";
import type { LongOptions } from "./progress.ts";

/** Who is logged in on this device. */
export interface SavedAccount {
  readonly address: Address;
  readonly sessionId: Id;
  /** The number of the active key set. */
  readonly activeKey: number;
  /** Whether the keys are on this device; else `account.unlock` asks for the password. */
  readonly unlocked: boolean;
  /** Key sets that are under an earlier password (spec/4.8). */
  readonly locked: readonly number[];
}

/** The work of a sign-up, begun while the user still types (spec/7.2). */
export interface SignUpWork {
  readonly address: Address;
  /** Parts that are done, 0 to 16. */
  readonly parts: number;
  readonly difficulty: number;
  /** Settles with the work; rejects when it was cancelled. */
  readonly solution: Promise<Solution>;
  cancel(): void;
}

/** What a message to somebody costs, and the challenge that fixes it (spec/7.5). */
export interface Quote {
  readonly to: Address;
  readonly purpose: "first-contact" | "message";
  /** Expected hashes. */
  readonly difficulty: number;
  readonly challenge: Challenge;
}

/** Work done ahead, for one message to `to` (spec/7.2). */
export interface Prepared {
  readonly to: Address;
  readonly purpose: "first-contact" | "message";
  readonly solution: Solution;
}

/** One published record of somebody. */
export interface RecordView {
  readonly number: number;
  readonly reason: Reason;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly hash: Hash;
  /** Null in a revoked record. */
  readonly keys: PublicKeys | null;
}

/** Somebody's published keys, against what this device knew of them (spec/4.5). */
export interface Contact {
  readonly address: Address;
  /** `first`: seen for the first time. Messages are sent in `first`, `same` and `rotated` alone. */
  readonly state: ChainJudgment["verdict"];
  /** All published records, the oldest first. */
  readonly records: readonly RecordView[];
  /** The newest record: what `acknowledge` and `markVerified` take. */
  readonly newest: Pin;
  /** Records after the one that was known. */
  readonly since: readonly RecordView[];
  /** 60 digits (spec/4.6); null for one's own address. */
  readonly safetyNumber: string | null;
  /** Whether the user has compared safety numbers, and no reset or fork has come since. */
  readonly verified: boolean;
}

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

/** A blocked address or domain. */
export interface BlockView {
  readonly target: Address | Domain;
  readonly since: number;
}

/** What `follow` tells. */
export type FollowEvent =
  /** Everything up to this revision was told or lies before the beginning: where a later `follow` can go on. */
  | { readonly type: "reached"; readonly revision: number }
  /** A message that is new or has changed. */
  | { readonly type: "message"; readonly message: MessageView }
  /** A conversation that is new or has changed. */
  | { readonly type: "conversation"; readonly conversation: ConversationView }
  /** Somebody's keys have changed, or one's own: `own_keys_changed` is an alarm. */
  | { readonly type: "keys"; readonly contact: Contact }
  /** How changes come: as they happen, by asking now and then, or not at all at present. */
  | { readonly type: "connection"; readonly state: "live" | "polling" | "offline" }
  /** The server has an older mailbox than it had: what is shown has to be read anew. */
  | { readonly type: "rewound"; readonly revision: number };

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
}

/** Messages. */
export interface MessageMethods {
  /** What the next message to somebody costs now. */
  quote(to: Address): Promise<Quote>;
  /** Does the work of a message ahead. */
  prepare(
    options: LongOptions & { readonly to: Address; readonly quote?: Quote },
  ): Promise<Prepared>;
  /** Seals and sends a message (spec/6). Messages to one recipient arrive in the order in which this was called. */
  send(
    options: LongOptions & {
      readonly to: Address;
      readonly text: string;
      /** The message that this one answers. */
      readonly ref?: Id;
      /** When both servers drop it, in milliseconds since 1970. */
      readonly deleteAfter?: number;
      readonly prepared?: Prepared | undefined;
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
   * (spec/12.3). Ends when the signal is aborted; throws `unauthenticated` when the session has ended.
   */
  follow(options?: {
    readonly after?: number;
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
  listBlocks(): Promise<readonly BlockView[]>;
  markRead(peer: Address, revision: number): Promise<ConversationView>;
}

/** The engine. */
export interface Client {
  readonly account: AccountMethods;
  readonly directory: DirectoryMethods;
  readonly messages: MessageMethods;
}

/** The most hashes that a client mines for each purpose without asking its user (spec/7.5). */
export type Ceilings = Readonly<Record<Purpose, number>>;

/** What a client is made of. */
export interface ClientOptions {
  readonly ports: Ports;
  /** How the session travels: `cookie` in a browser, `bearer` everywhere else (spec/8.1). */
  readonly session: "cookie" | "bearer";
  readonly ceilings?: Partial<Ceilings>;
}

/** Makes an engine over its ports. Nothing is asked of anybody before a method is called. */
export function createClient(_options: ClientOptions): Client {
  throw new Error("The engine's methods are being written.");
}
