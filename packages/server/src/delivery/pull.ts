/** Handing a message over to the recipient's server, for its pull token (spec/9.2, step 6). */
import { ApiError, type Output, type peerContract } from "@keypears/api";
import type { Box, Bytes, Signature } from "@keypears/protocol";
import type { Context } from "../context.ts";
import { activeKey, getAccount } from "../store/accounts.ts";
import { countPull, deliveryOf } from "../store/deliveries.ts";
import { messagesAt } from "../store/mailbox.ts";

/** How often one message is handed over (spec/9.2). */
const MOST_PULLS = 16;

/** What a pull gives: the message, and which record of its sender is newest. */
type Pulled = Output<typeof peerContract.federation.pull>;

/** Gives the message of a token, and counts it. Throws `not_found` for what is none, is over, or was used too often. */
export async function pull(context: Context, pullToken: Bytes): Promise<Pulled> {
  const { outbox, store } = context;
  const delivery = await deliveryOf(store.db, pullToken);
  if (delivery === undefined || (await store.now()) > delivery.expires_at) {
    throw new ApiError("not_found");
  }
  const { account_id: accountId, revision } = delivery;
  const [message] = await messagesAt(store.db, accountId, [revision]);
  const { header, box, signature } = message ?? { header: null, box: null, signature: null };
  if (header === null || box === null || signature === null) throw new ApiError("not_found");
  const counted = await store.transaction((tx) => countPull(tx, delivery.id, MOST_PULLS));
  if (!counted) throw new ApiError("not_found");
  await context.reached("pulling");
  // Only who was told of the message has its token: the domain is there.
  outbox.wake(delivery.domain);
  return {
    envelope: { header, box: box as Box, signature: signature as Signature, wraps: [] },
    senderKey: activeKey(await getAccount(store.db, accountId)),
  };
}
