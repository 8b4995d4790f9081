/** Jobs that empty mailboxes of what has run out: requests after thirty days, messages after their deleteAfter. */
import type { Context } from "../context.ts";
import { lapseMessage } from "../store/conversations.ts";
import { eraseMessage, messagesToErase } from "../store/mailbox.ts";
import { lapsing } from "../store/waiting.ts";

/** How many are done in one transaction, behind which everybody waits. */
const BATCH = 50;

/** Lets requests lapse that have waited for thirty days (spec/7.6); gives how many messages did. */
export async function lapseRequests({ events, store }: Context): Promise<number> {
  const now = await store.now();
  let lapsed = 0;
  for (;;) {
    const batch = await store.transaction(async (tx) => {
      const messages = await lapsing(tx, now, BATCH);
      const advances = new Map<number, number>();
      for (const message of messages) {
        const revision = await lapseMessage(tx, message);
        if (revision !== null) advances.set(message.recipient_id, revision);
      }
      return { size: messages.length, advances };
    });
    for (const [accountId, revision] of batch.advances) events.publish(accountId, revision);
    lapsed += batch.size;
    if (batch.size < BATCH) return lapsed;
  }
}

/** Drops header and box of messages whose deleteAfter has come (spec/6.7); gives how many copies. */
export async function eraseMessages({ events, store }: Context): Promise<number> {
  const now = await store.now();
  let erased = 0;
  for (;;) {
    const batch = await store.transaction(async (tx) => {
      const messages = await messagesToErase(tx, now, BATCH);
      const advances = new Map<number, number>();
      for (const message of messages) {
        advances.set(message.account_id, await eraseMessage(tx, message));
      }
      return { size: messages.length, advances };
    });
    for (const [accountId, revision] of batch.advances) events.publish(accountId, revision);
    erased += batch.size;
    if (batch.size < BATCH) return erased;
  }
}
