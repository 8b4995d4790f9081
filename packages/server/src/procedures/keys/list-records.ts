import { ApiError, type Output, type contract } from "@keypears/api";
import { type Address, domainOf } from "@keypears/protocol";
import type { Context } from "../../context.ts";
import { findAccount } from "../../store/accounts.ts";
import { listKeyRecords, publishedOf } from "../../store/key-records.ts";
import type { Handler } from "../handler.ts";

const PAGE = 100;

export const listRecords: Handler<typeof contract.keys.listRecords> = async (
  context,
  { source },
  { address, from = 1 },
) => {
  context.limits.take("keys", source);
  return ownRecords(context, address, from);
};

/** The published records of an address of this server, from its own tables (spec/4.4). */
export async function ownRecords(
  { actsFor, store }: Context,
  address: Address,
  from: number,
): Promise<Output<typeof contract.keys.listRecords>> {
  if (!actsFor(domainOf(address))) throw new ApiError("misdirected");
  const account = await findAccount(store.db, address);
  if (account === undefined) throw new ApiError("no_such_user");
  const rows = await listKeyRecords(store.db, account.id, { from, most: PAGE + 1 });
  const page = rows.slice(0, PAGE);
  return {
    address,
    records: page.map(publishedOf),
    next: rows[PAGE]?.number ?? null,
  };
}
