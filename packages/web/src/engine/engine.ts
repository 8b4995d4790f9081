/**
 * What screens see of the client engine: addresses, texts, states and reasons, never a key or a request. It is made over
 * a client of @keypears/client, and knows nothing of React.
 */
import { ApiError } from "@keypears/client";
import type {
  Client,
  Progress,
  RecordView,
  SavedAccount,
  SessionView,
  Settings,
} from "@keypears/client";
import type { Address, Domain, Id } from "@keypears/protocol";
import type { DeviceWork } from "./device-work.ts";
import { failed, outcomeOf } from "./failure.ts";
import type { Failure, Outcome } from "./failure.ts";
import { openMailbox } from "./mailbox.ts";
import type { Mailbox } from "./mailbox.ts";
import { createStore } from "./store.ts";
import type { Store, WritableStore } from "./store.ts";
import type { Tabs } from "./tabs.ts";
import type { ThreadPorts } from "./thread.ts";

/** Who is logged in here. */
export type Session =
  /** What this device keeps is being read. */
  | { readonly status: "opening" }
  /** `ended`: it was, and was ended from elsewhere. */
  | { readonly status: "none"; readonly ended: boolean }
  /** Logged in, but the keys are not on this device: the password opens them. */
  | { readonly status: "locked"; readonly address: Address }
  | { readonly status: "open"; readonly account: SavedAccount; readonly mailbox: Mailbox };

/** Whether a server of this domain is one for a single machine, which no other domain reaches and which reaches none. */
export function isLocal(domain: Domain): boolean {
  return domain === "localhost";
}

export type Availability = Awaited<ReturnType<Client["account"]["checkAvailability"]>>;

/** A sign-up under way: its work begins as soon as the address is settled, before there is a password. */
export interface SignUp {
  readonly address: Address;
  readonly progress: Store<Progress>;
  /** Why the work has ended without a result; null while nothing is wrong. */
  readonly failure: Store<Failure | null>;
  /** `strength`: the zxcvbn score of the password. */
  finish(password: string, strength: number): Promise<Outcome>;
  cancel(): void;
}

export interface Engine {
  /** The domain of this server's own addresses. */
  readonly domain: Domain;
  /** What this server is called. */
  readonly title: string;
  /** Whether keys outlive this tab: not where the browser keeps none. */
  readonly keepsKeys: boolean;
  readonly session: Store<Session>;
  /** How this device works, and how fast. */
  readonly work: DeviceWork;
  /** Seconds of work above which the user is asked first. Kept on this device. */
  readonly patience: WritableStore<number>;
  checkAvailability(address: Address): Promise<Availability>;
  /** What this server publishes of the keys of one of its addresses, the oldest first. Needs nobody logged in. */
  listRecords(address: Address): Promise<readonly RecordView[]>;
  /** `ceiling`, here and below: where the user has agreed to a price, in hashes. */
  beginSignUp(address: Address, ceiling?: number): SignUp;
  logIn(options: {
    readonly address: Address;
    readonly password: string;
    readonly ceiling?: number | undefined;
    readonly signal: AbortSignal;
    onProgress(progress: Progress): void;
  }): Promise<Outcome>;
  unlock(options: {
    readonly password: string;
    readonly ceiling?: number | undefined;
    readonly signal: AbortSignal;
    onProgress(progress: Progress): void;
  }): Promise<Outcome>;
  logOut(): Promise<void>;
  listSessions(): Promise<readonly SessionView[]>;
  endSession(id: Id): Promise<void>;
  endOtherSessions(): Promise<number>;
  getSettings(): Promise<Settings>;
  setSettings(change: {
    readonly firstContact?: number;
    readonly message?: number;
  }): Promise<Settings>;
}

export interface EngineOptions {
  readonly client: Client;
  readonly domain: Domain;
  readonly title: string;
  readonly keepsKeys: boolean;
  readonly tabs: Tabs;
  readonly work: DeviceWork;
  readonly patience: WritableStore<number>;
  readonly ports: ThreadPorts;
  /** Called when somebody has logged in here. */
  onKept(): void;
}

export function createEngine(options: EngineOptions): Engine {
  const { client, domain, title, keepsKeys, tabs, work, patience, ports, onKept } = options;
  const session = createStore<Session>({ status: "opening" });

  function leave(ended: boolean): void {
    const before = session.get();
    if (before.status === "open") before.mailbox.close();
    session.set({ status: "none", ended });
  }

  function enter(account: SavedAccount): void {
    const before = session.get();
    if (before.status === "open") {
      if (before.account.sessionId === account.sessionId) return;
      before.mailbox.close();
    }
    if (!account.unlocked) {
      session.set({ status: "locked", address: account.address });
      return;
    }
    const mailbox = openMailbox({
      client,
      tabs,
      address: account.address,
      ports,
      onEnded: () => void wasEnded(),
    });
    session.set({ status: "open", account, mailbox });
  }

  /** The server knows this session no more: what it left on this device goes too. */
  async function wasEnded(): Promise<void> {
    leave(true);
    // The client may have done so already.
    await outcomeOf(client.account.logOut());
    tabs.tell({ type: "session", ended: true });
  }

  async function readSaved(ended: boolean): Promise<void> {
    const account = await client.account.saved();
    if (account === null) leave(ended);
    else enter(account);
  }

  async function entered(account: SavedAccount): Promise<Outcome> {
    enter(account);
    tabs.tell({ type: "session", ended: false });
    onKept();
    return { ok: true };
  }

  tabs.listen((message) => {
    if (message.type === "left") leave(false);
    if (message.type === "session") void readSaved(message.ended);
  });
  void readSaved(false);

  return {
    domain,
    title,
    keepsKeys,
    session,
    work,
    patience,
    checkAvailability: (address) => client.account.checkAvailability(address),
    listRecords: (address) => client.directory.listRecords(address),

    beginSignUp(address, ceiling) {
      const progress = createStore<Progress>({ stage: "asking", parts: 0 });
      const failure = createStore<Failure | null>(null);
      const stop = new AbortController();
      const long = { signal: stop.signal, ceiling, onProgress: progress.set };
      const begun = client.account.startWork(address, long);
      // Told at once, whether somebody has finished or not.
      begun
        .then(({ solution }) => solution)
        .catch((error: unknown) => failure.set(failed(error, stop.signal)));
      return {
        address,
        progress,
        failure,
        async finish(password, strength) {
          try {
            return await entered(
              await client.account.signUp({
                ...{ ...long, address, password, strength },
                work: await begun,
              }),
            );
          } catch (error) {
            return failed(error, stop.signal);
          }
        },
        cancel: () => stop.abort(new Error("the sign-up was given up")),
      };
    },

    async logIn(how) {
      try {
        return await entered(await client.account.logIn(how));
      } catch (error) {
        return failed(error, how.signal);
      }
    },

    async unlock(how) {
      try {
        return await entered(await client.account.unlock(how));
      } catch (error) {
        if (error instanceof ApiError && error.code === "unauthenticated") await wasEnded();
        return failed(error, how.signal);
      }
    },

    async logOut() {
      leave(false);
      // Before the server ends the session, which other tabs would take for its doing.
      tabs.tell({ type: "left" });
      await outcomeOf(client.account.logOut());
      tabs.tell({ type: "session", ended: false });
    },

    listSessions: () => client.account.listSessions(),
    endSession: (id) => client.account.endSession(id),
    endOtherSessions: () => client.account.endOtherSessions(),
    getSettings: () => client.account.getSettings(),
    setSettings: (change) => client.account.setSettings(change),
  };
}
