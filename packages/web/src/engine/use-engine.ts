/** The engine, given to everything within the app. */
import { createContext, use } from "react";
import type { Engine } from "./engine.ts";

const EngineContext = createContext<Engine | null>(null);

export const EngineProvider = EngineContext.Provider;

export function useEngine(): Engine {
  const engine = use(EngineContext);
  if (engine === null) throw new Error("there is no engine around this component");
  return engine;
}
