/** For tests: sees, counts and spoils what is asked of a store. */
import type { CompiledQuery, KyselyPlugin, RootOperationNode } from "kysely";
import type { Queries, Store } from "../store/store.ts";

/** Calls `before` before each query on this side, with its syntax tree; what it throws is the query's failure. */
function watched(db: Queries, before: (node: RootOperationNode) => void): Queries {
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      before(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return db.withPlugin(plugin);
}

/** Shows every query of the store from here on, on either side, as it is compiled. */
export function spyOnQueries(store: Store, see: (query: CompiledQuery) => void): void {
  const compile = (db: Queries) => {
    const executor = db.getExecutor();
    return watched(db, (node) => {
      // Kysely compiles again for the query itself: the same tree gives the same text.
      see(executor.compileQuery(node, { queryId: "test" }));
    });
  };
  Object.defineProperty(store, "db", { value: compile(store.db) });
  const transaction = store.transaction.bind(store);
  store.transaction = (work) => transaction((tx) => work(compile(tx)));
}

/** The same side, with something that happens after each of its queries, before the result is given. */
export function disturbed(db: Queries, act: () => Promise<unknown>): Queries {
  return db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      await act();
      return result;
    },
  });
}

/** Counts the queries on both sides from here on. */
export function countQueries(store: Store): { outside: number; inside: number } {
  const counts = { outside: 0, inside: 0 };
  Object.defineProperty(store, "db", { value: watched(store.db, () => counts.outside++) });
  const transaction = store.transaction.bind(store);
  store.transaction = (work) => transaction((tx) => work(watched(tx, () => counts.inside++)));
  return counts;
}

/** What a fault injected by `breakTransactions` throws. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * Makes the next transaction fail: at its query number `at`, counted from 0; at its commit, when it has as many queries; or
 * after its commit, when it has one less. Gives where that was, once it has happened, and then spoils nothing more.
 */
export function breakTransaction(
  store: Store,
  at: number,
): { point: "query" | "commit" | "after" | null } {
  const broken: ReturnType<typeof breakTransaction> = { point: null };
  const transaction = store.transaction.bind(store);
  store.transaction = async (work) => {
    store.transaction = transaction;
    let queries = 0;
    const crash = (point: "query" | "commit" | "after"): never => {
      broken.point = point;
      throw new Crash(point);
    };
    const result = await transaction(async (tx) => {
      const done = await work(
        watched(tx, () => {
          if (queries++ === at) crash("query");
        }),
      );
      if (queries === at) crash("commit");
      return done;
    });
    if (queries === at - 1) crash("after");
    return result;
  };
  return broken;
}
