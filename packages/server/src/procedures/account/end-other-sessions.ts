import type { contract } from "@keypears/api";
import { deleteOtherSessions } from "../../store/sessions.ts";
import type { Handler } from "../handler.ts";

export const endOtherSessions: Handler<typeof contract.account.endOtherSessions> = async (
  { events, store },
  { session },
) => {
  const { accountId, id } = session;
  const ended = await store.transaction((tx) => deleteOtherSessions(tx, accountId, id));
  events.endSessions(accountId, id);
  return { ended };
};
