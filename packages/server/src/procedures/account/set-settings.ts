import { ApiError, type contract } from "@keypears/api";
import { getAccount, setPrices } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";
import { pricesOf } from "./get-settings.ts";

export const setSettings: Handler<typeof contract.account.setSettings> = async (
  { config, store },
  { session },
  { firstContact, message },
) => {
  const { minimum } = config.difficulties;
  if (Math.min(firstContact ?? minimum, message ?? minimum) < minimum) {
    throw new ApiError("below_minimum");
  }
  return store.transaction(async (tx) => {
    await setPrices(tx, session.accountId, { firstContact, message });
    return pricesOf(config, await getAccount(tx, session.accountId));
  });
};
