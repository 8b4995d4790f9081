/** Blocked addresses and domains of a mailbox. */
import { type Address, type Domain, domainOf } from "@keypears/protocol";
import type { BlockRow } from "./schema.ts";
import type { Queries } from "./store.ts";

/** Under what a block of `address` can stand: the address, its domain, and each domain above that (spec/7.6). */
export function blockTargets(address: Address): (Address | Domain)[] {
  const labels = domainOf(address).split(".");
  const domains = labels.map((_, index) => labels.slice(index).join(".") as Domain);
  return [address, ...domains];
}

/** Whether one of the account's blocks covers `peer`. */
export async function isBlocked(db: Queries, accountId: number, peer: Address): Promise<boolean> {
  const block = await db
    .selectFrom("blocks")
    .select("since")
    .where("account_id", "=", accountId)
    .where("target", "in", blockTargets(peer))
    .limit(1)
    .executeTakeFirst();
  return block !== undefined;
}

/** Adds a block; false when it was there, with the time that it had. */
export async function addBlock(tx: Queries, block: BlockRow): Promise<boolean> {
  const known = await tx
    .selectFrom("blocks")
    .select("since")
    .where("account_id", "=", block.account_id)
    .where("target", "=", block.target)
    .executeTakeFirst();
  if (known !== undefined) return false;
  await tx.insertInto("blocks").values(block).execute();
  return true;
}

/** Takes a block away; false when there was none. */
export async function removeBlock(
  tx: Queries,
  accountId: number,
  target: Address | Domain,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("blocks")
    .where("account_id", "=", accountId)
    .where("target", "=", target)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The blocks of an account, by name. */
export function listBlocks(db: Queries, accountId: number): Promise<BlockRow[]> {
  return db
    .selectFrom("blocks")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("target")
    .execute();
}
