import type { contract } from "@keypears/api";
import type { Config } from "../../config.ts";
import { getAccount } from "../../store/accounts.ts";
import type { AccountRow } from "../../store/schema.ts";
import type { Handler } from "../handler.ts";

export const getSettings: Handler<typeof contract.account.getSettings> = async (
  { config, store },
  { session },
) => pricesOf(config, await getAccount(store.db, session.accountId));

/** What an account asks of those who write to it, never below what the server allows (spec/7.5). */
export function pricesOf(
  { difficulties }: Config,
  account: Pick<AccountRow, "price_first_contact" | "price_message">,
): { firstContact: number; message: number; minimum: number } {
  const { firstContact, message, minimum } = difficulties;
  return {
    firstContact: Math.max(minimum, account.price_first_contact ?? firstContact),
    message: Math.max(minimum, account.price_message ?? message),
    minimum,
  };
}
