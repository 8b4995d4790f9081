import type { contract } from "@keypears/api";
import { unblockTarget } from "../../store/conversations.ts";
import type { Handler } from "../handler.ts";

export const unblock: Handler<typeof contract.messages.unblock> = async (
  { events, store },
  { session },
  { target },
) => {
  const { accountId } = session;
  const revision = await store.transaction((tx) => unblockTarget(tx, { accountId, target }));
  if (revision !== null) events.publish(accountId, revision);
  return {};
};
