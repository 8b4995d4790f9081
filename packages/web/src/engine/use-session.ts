/** Who is logged in, and the mailbox of whoever is. */
import { createContext, use } from "react";
import type { Session } from "./engine.ts";
import type { Mailbox } from "./mailbox.ts";
import { useStore } from "./store.ts";
import { useEngine } from "./use-engine.ts";

export function useSession(): Session {
  return useStore(useEngine().session);
}

const MailboxContext = createContext<Mailbox | null>(null);

/** Gives the open mailbox to everything that needs somebody logged in. */
export const MailboxProvider = MailboxContext.Provider;

export function useMailbox(): Mailbox {
  const mailbox = use(MailboxContext);
  if (mailbox === null) throw new Error("nobody is logged in around this component");
  return mailbox;
}
