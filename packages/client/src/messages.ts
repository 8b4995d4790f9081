/**
 * What one does with messages, as methods. Apart from the rest of the engine, so that a page loads it when somebody is logged in.
 * @module
 */
import type { Address, Domain, Id } from "@keypears/protocol";
import { type FollowEvent, follow } from "./conversations/follow.ts";
import * as inbox from "./conversations/inbox.ts";
import { read } from "./conversations/read.ts";
import { retry } from "./conversations/retry.ts";
import { search } from "./conversations/search.ts";
import {
  type Draft,
  type Prepared,
  type Quote,
  prepare,
  quote,
  send,
} from "./conversations/send.ts";
import type {
  ConversationPage,
  ConversationView,
  MessagePage,
  MessageView,
} from "./conversations/views.ts";
import type { Engine } from "./engine.ts";
import type { LongOptions } from "./progress.ts";

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

/** The methods over an engine. */
export function messageMethods(engine: Engine): MessageMethods {
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
