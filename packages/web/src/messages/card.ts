/** The catalogue of the language in use with the sentences of cards: it is loaded with that page. */
import { createContext, use } from "react";
import { enCard } from "./en-card.ts";
import { en } from "./en.ts";

type CardMessages = typeof en & typeof enCard;

const CardContext = createContext<CardMessages>({ ...en, ...enCard });

/** Every sentence, in the language in use. */
export function useCardMessages(): CardMessages {
  return use(CardContext);
}
