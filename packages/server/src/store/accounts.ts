/** Accounts: an address, its verifier, its newest key record, its prices. */
import type { Address, Hash } from "@keypears/protocol";
import type { Insertable } from "kysely";
import type { AccountRow, AccountTable } from "./schema.ts";
import type { Queries } from "./store.ts";

/** The account of an address. */
export function findAccount(db: Queries, address: Address): Promise<AccountRow | undefined> {
  return db.selectFrom("accounts").selectAll().where("address", "=", address).executeTakeFirst();
}

/** The account behind a session. Throws where there is none: sessions go with their account. */
export function getAccount(db: Queries, id: number): Promise<AccountRow> {
  return db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
}

/** Makes an account; null where the address has one already. */
export async function insertAccount(
  tx: Queries,
  account: Omit<
    Insertable<AccountTable>,
    "id" | "revision" | "price_first_contact" | "price_message"
  >,
): Promise<number | null> {
  const { insertId, numInsertedOrUpdatedRows } = await tx
    .insertInto("accounts")
    .values({ ...account, revision: 0, price_first_contact: null, price_message: null })
    .onConflict((conflict) => conflict.column("address").doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n ? Number(insertId) : null;
}

/** Sets prices; what is undefined stays. */
export async function setPrices(
  tx: Queries,
  id: number,
  prices: { readonly firstContact: number | undefined; readonly message: number | undefined },
): Promise<void> {
  const { firstContact, message } = prices;
  if (firstContact === undefined && message === undefined) return;
  await tx
    .updateTable("accounts")
    .set({
      ...(firstContact === undefined ? {} : { price_first_contact: firstContact }),
      ...(message === undefined ? {} : { price_message: message }),
    })
    .where("id", "=", id)
    .execute();
}

/** Which record is the account's newest. */
export function activeKey(row: AccountRow): { readonly number: number; readonly hash: Hash } {
  return { number: row.active_number, hash: row.active_hash as Hash };
}
