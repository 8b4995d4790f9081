/**
 * The tabs of one browser, which act as one: one of them leads and holds the event stream, and tells the others what it hears. When it is
 * closed, another one leads.
 */
import type { FollowEvent } from "@keypears/client";

/** What tabs tell each other. */
export type TabMessage =
  | { readonly type: "event"; readonly event: FollowEvent }
  /** A tab has just come, and would like to know how things stand. */
  | { readonly type: "hello" }
  /** Whoever was logged in logs out, in this moment. */
  | { readonly type: "left" }
  /** Somebody has logged in, or out, or unlocked the keys; `ended`: the server has ended the session. */
  | { readonly type: "session"; readonly ended: boolean };

export interface Tabs {
  /** Waits until no other tab leads, then calls `run`, and leads until that ends. */
  lead(run: () => Promise<void>, signal: AbortSignal): Promise<void>;
  tell(message: TabMessage): void;
  /** What other tabs tell, until the function that it answers with is called. */
  listen(listener: (message: TabMessage) => void): () => void;
}

/** Tabs over the browser's locks and broadcasts. */
export function browserTabs(): Tabs {
  const channel = new BroadcastChannel("keypears");
  return {
    async lead(run, signal) {
      try {
        await navigator.locks.request("keypears-events", { signal }, run);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    tell: (message) => channel.postMessage(message),
    listen(listener) {
      const receive = ({ data }: MessageEvent<TabMessage>): void => listener(data);
      channel.addEventListener("message", receive);
      return () => channel.removeEventListener("message", receive);
    },
  };
}

/** A browser without locks (over plain HTTP from elsewhere): each tab leads itself. */
export const soleTab: Tabs = {
  lead: (run) => run(),
  tell: () => undefined,
  listen: () => () => undefined,
};
