import type { contract } from "@keypears/api";
import { deleteSession } from "../../store/sessions.ts";
import type { Handler } from "../handler.ts";

export const logOut: Handler<typeof contract.account.logOut> = async ({ events, store }, call) => {
  const { id, accountId } = call.session;
  await store.transaction((tx) => deleteSession(tx, accountId, id));
  events.endSession(accountId, id);
  call.setCookie(null);
  return {};
};
