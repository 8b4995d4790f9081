/** A value that changes, and tells who wants to know. What engines show to screens; React binds to it with useStore. */
import { useSyncExternalStore } from "react";

export interface Store<Value> {
  get(): Value;
  /** Calls back after each change, until the function that it answers with is called. */
  subscribe(listener: () => void): () => void;
}

export interface WritableStore<Value> extends Store<Value> {
  set(value: Value): void;
}

/** A store with this value to begin with. Setting the same value again tells nobody. */
export function createStore<Value>(initial: Value): WritableStore<Value> {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    get: () => value,
    set(next) {
      if (Object.is(value, next)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      // Wrapped, so that one function given twice counts twice.
      const own = (): void => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}

/** A store's value, and a new rendering after each change. */
export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}
