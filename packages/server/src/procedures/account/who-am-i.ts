import type { contract } from "@keypears/api";
import { activeKey, getAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";

export const whoAmI: Handler<typeof contract.account.whoAmI> = async ({ store }, { session }) => {
  const account = await getAccount(store.db, session.accountId);
  return {
    address: account.address,
    activeKey: activeKey(account),
    sessionId: session.id,
    passwordGeneration: account.password_generation,
  };
};
