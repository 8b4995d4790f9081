import { ApiError, type contract } from "@keypears/api";
import { deleteSession } from "../../store/sessions.ts";
import type { Handler } from "../handler.ts";

export const endSession: Handler<typeof contract.account.endSession> = async (
  { events, store },
  { session },
  { id },
) => {
  const { accountId } = session;
  const ended = await store.transaction((tx) => deleteSession(tx, accountId, id));
  if (!ended) throw new ApiError("no_such_session");
  events.endSession(accountId, id);
  return {};
};
