/** Saying to the operator how much waits for other domains: numbers, and no name of anybody. */
import type { Context } from "../context.ts";
import { countDeliveries } from "../store/deliveries.ts";
import { countIncoming } from "../store/incoming.ts";

/** Counts what has waited for a minute or longer: what is just on its way is nothing to say. */
export async function countWaiting({ log, store }: Context): Promise<number> {
  const now = await store.now();
  const [outgoing, incoming] = [
    await countDeliveries(store.db, now),
    await countIncoming(store.db, now),
  ];
  if (outgoing + incoming > 0) {
    log.info({ outgoing, incoming }, "messages wait for other domains to be reached");
  }
  return 0;
}
