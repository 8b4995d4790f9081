import { ApiError, type contract } from "@keypears/api";
import { presentConversation } from "../../mailbox/present.ts";
import { moveReadMarker } from "../../store/conversations.ts";
import type { Handler } from "../handler.ts";

export const markRead: Handler<typeof contract.messages.markRead> = async (
  { events, store },
  { session },
  { peer, revision },
) => {
  const { accountId } = session;
  const row = await store.transaction((tx) => moveReadMarker(tx, { accountId, peer, revision }));
  if (row === null) throw new ApiError("no_such_conversation");
  events.publish(accountId, row.changed);
  return { conversation: await presentConversation(store.db, row) };
};
