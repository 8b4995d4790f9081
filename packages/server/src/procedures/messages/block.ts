import { ApiError, type contract } from "@keypears/api";
import { blockTarget } from "../../store/conversations.ts";
import type { Handler } from "../handler.ts";

export const block: Handler<typeof contract.messages.block> = async (
  { events, store },
  { session },
  { target },
) => {
  const { accountId, address } = session;
  if (target === address) throw new ApiError("same_address");
  const now = await store.now();
  const revision = await store.transaction((tx) => blockTarget(tx, { accountId, target, now }));
  if (revision !== null) events.publish(accountId, revision);
  return {};
};
