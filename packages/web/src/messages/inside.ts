/** The catalogue of the language in use with what needs somebody logged in: it is loaded with those screens. */
import { createContext, use } from "react";
import { enInside } from "./en-inside.ts";
import { en } from "./en.ts";

type InsideMessages = typeof en & typeof enInside;

const InsideContext = createContext<InsideMessages>({ ...en, ...enInside });

/** Every sentence, in the language in use. */
export function useInsideMessages(): InsideMessages {
  return use(InsideContext);
}
