/**
 * The mailbox of whoever is logged in, as it is now: lists, conversations, and whether changes arrive. One tab follows the server's
 * events; all tabs take in what it hears.
 */
import type { Address, Domain } from "@keypears/protocol";
import type { BlockView, Client, Contact, FollowEvent, MessageView, Quote } from "@keypears/client";
import { listed, mergeConversations, withMessage } from "./conversations.ts";
import type { Conversations } from "./conversations.ts";
import { failureOf } from "./failure.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";
import type { TabMessage, Tabs } from "./tabs.ts";
import { createThread } from "./thread.ts";
import type { Thread, ThreadPorts } from "./thread.ts";

export type ListName = "conversations" | "requests";

export interface Lists {
  readonly status: "loading" | "ready" | "failed";
  readonly failure: string | null;
  readonly known: Conversations;
  /** Where the next page of each list begins, or null at its end. */
  readonly next: Readonly<Record<ListName, number | null>>;
}

export type Connection = "connecting" | "live" | "polling" | "offline";

export interface Mailbox {
  readonly address: Address;
  readonly lists: Store<Lists>;
  readonly connection: Store<Connection>;
  /** Whether one's own published keys are not those that this device knows: an alarm (spec/4.5). */
  readonly alarm: Store<boolean>;
  loadMore(list: ListName): Promise<void>;
  reload(): Promise<void>;
  thread(peer: Address): Thread;
  lookUp(address: Address): Promise<Contact>;
  quote(to: Address): Promise<Quote>;
  accept(peer: Address): Promise<void>;
  decline(peer: Address): Promise<void>;
  block(target: Address | Domain): Promise<void>;
  unblock(target: Address | Domain): Promise<void>;
  listBlocks(): Promise<readonly BlockView[]>;
  /** What cannot be marked now is marked when something is read next. */
  markRead(peer: Address, revision: number): void;
  /** Whether something is on its way, which a page that is left would take with it. */
  isSending(): boolean;
  close(): void;
}

interface MailboxOptions {
  readonly client: Client;
  readonly tabs: Tabs;
  readonly address: Address;
  readonly ports: ThreadPorts;
  /** The server has ended the session. A tab that logs out says so before. */
  onEnded(): void;
}

const empty: Lists = {
  status: "loading",
  failure: null,
  known: new Map(),
  next: { conversations: null, requests: null },
};

export function openMailbox({ client, tabs, address, ports, onEnded }: MailboxOptions): Mailbox {
  const lists = createStore(empty);
  const connection = createStore<Connection>("connecting");
  const alarm = createStore(false);
  const threads = new Map<Address, Thread>();
  const stop = new AbortController();
  let reached: number | undefined;
  let leads = false;

  function change(part: Partial<Lists>): void {
    lists.set({ ...lists.get(), ...part });
  }

  async function reload(): Promise<void> {
    try {
      const [conversations, requests] = await Promise.all([
        client.messages.listConversations(),
        client.messages.listRequests(),
      ]);
      if (stop.signal.aborted) return;
      change({
        status: "ready",
        failure: null,
        known: mergeConversations(lists.get().known, [
          ...conversations.conversations,
          ...requests.conversations,
        ]),
        next: { conversations: conversations.next, requests: requests.next },
      });
    } catch (error) {
      if (stop.signal.aborted) return;
      const failure = failureOf(error);
      if (lists.get().status !== "ready") change({ status: "failed", failure });
    }
  }

  /** The message may be the one that a list shows. */
  function takeLast(message: MessageView): void {
    const { known } = lists.get();
    const next = withMessage(known, message);
    if (next !== known) change({ known: next });
  }

  function take(event: FollowEvent): void {
    switch (event.type) {
      case "reached":
        reached = event.revision;
        break;
      case "message":
        threads.get(event.message.peer)?.take([event.message]);
        takeLast(event.message);
        break;
      case "conversation":
        change({ known: mergeConversations(lists.get().known, [event.conversation]) });
        break;
      case "keys":
        if (event.contact.address === address) alarm.set(true);
        threads.get(event.contact.address)?.takeContact(event.contact);
        break;
      case "mending":
        threads.get(event.peer)?.takeMending(event);
        break;
      case "connection": {
        const before = connection.get();
        connection.set(event.state);
        if (event.state !== "offline" && before === "offline") retryWaiting();
        break;
      }
      case "rewound":
        reached = event.revision;
        change({ known: new Map() });
        for (const thread of threads.values()) void thread.refresh();
        void reload();
        break;
    }
  }

  /** What waits for the server is sent now, after what the server has stored meanwhile is known. */
  function retryWaiting(): void {
    for (const thread of threads.values()) void thread.retryWaiting();
    if (lists.get().status === "failed") void reload();
  }

  async function follow(): Promise<void> {
    leads = true;
    try {
      const after = reached === undefined ? {} : { after: reached };
      for await (const event of client.messages.follow({ ...after, signal: stop.signal })) {
        // From here on nothing is missed: what happened before is in the lists.
        if (event.type === "reached" && reached === undefined) void reload();
        take(event);
        tabs.tell({ type: "event", event });
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      const code = failureOf(error);
      if (code !== "unauthenticated" && code !== "not_logged_in") throw error;
      onEnded();
    } finally {
      leads = false;
    }
  }

  const stopListening = tabs.listen((message: TabMessage) => {
    if (message.type === "event") take(message.event);
    if (message.type === "hello" && leads) {
      if (reached !== undefined) tell({ type: "reached", revision: reached });
      const state = connection.get();
      if (state !== "connecting") tell({ type: "connection", state });
    }
  });
  function tell(event: FollowEvent): void {
    tabs.tell({ type: "event", event });
  }

  tabs.tell({ type: "hello" });
  void reload();
  void tabs.lead(follow, stop.signal);

  return {
    address,
    lists,
    connection,
    alarm,
    reload,

    async loadMore(list) {
      const before = lists.get().next[list];
      if (before === null) return;
      const page =
        list === "conversations"
          ? await client.messages.listConversations({ before })
          : await client.messages.listRequests({ before });
      change({
        known: mergeConversations(lists.get().known, page.conversations),
        next: { ...lists.get().next, [list]: page.next },
      });
    },

    thread(peer) {
      const known = threads.get(peer);
      if (known !== undefined) return known;
      const thread = createThread(client, peer, ports);
      threads.set(peer, thread);
      return thread;
    },

    lookUp: (peer) => client.directory.lookUp(peer),
    quote: (to) => client.messages.quote(to),

    async accept(peer) {
      const conversation = await client.messages.accept(peer);
      change({ known: mergeConversations(lists.get().known, [conversation]) });
    },

    async decline(peer) {
      const conversation = await client.messages.decline(peer);
      change({ known: mergeConversations(lists.get().known, [conversation]) });
      threads.get(peer)?.close();
      threads.delete(peer);
    },

    block: (target) => client.messages.block(target),
    unblock: (target) => client.messages.unblock(target),
    listBlocks: () => client.messages.listBlocks(),

    markRead(peer, revision) {
      const mark = async (): Promise<void> => {
        const conversation = await client.messages.markRead(peer, revision);
        change({ known: mergeConversations(lists.get().known, [conversation]) });
      };
      mark().catch(failureOf);
    },

    isSending: () =>
      [...threads.values()].some(({ state }) => {
        const { outgoing, resending } = state.get();
        return outgoing.length > 0 || [...resending.values()].some((one) => one.progress !== null);
      }),

    close() {
      stopListening();
      stop.abort(new Error("the mailbox was closed"));
      for (const thread of threads.values()) thread.close();
    },
  };
}

/** How many messages nobody has read yet, in conversations; and how many strangers wait. */
export function countNew(known: Conversations): { unread: number; waiting: number } {
  return {
    unread: listed(known, "conversations").reduce((sum, { unread }) => sum + unread, 0),
    waiting: listed(known, "requests").length,
  };
}
