/** The catalogue of the language in use. */
import { createContext, use } from "react";
import { en } from "./en.ts";

export type Messages = typeof en;

/** English is in the app; another language is loaded when it is chosen, and given here. */
const MessagesContext = createContext<Messages>(en);

/** Every sentence, in the language in use. */
export function useMessages(): Messages {
  return use(MessagesContext);
}
