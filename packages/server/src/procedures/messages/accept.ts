import { ApiError, type contract } from "@keypears/api";
import { presentConversation } from "../../mailbox/present.ts";
import { acceptPeer } from "../../store/conversations.ts";
import type { Handler } from "../handler.ts";

export const accept: Handler<typeof contract.messages.accept> = async (
  { events, store },
  { session },
  { peer },
) => {
  const { accountId } = session;
  const row = await store.transaction((tx) => acceptPeer(tx, accountId, peer));
  if (row === null) throw new ApiError("no_such_conversation");
  events.publish(accountId, row.changed);
  return { conversation: await presentConversation(store.db, row) };
};
