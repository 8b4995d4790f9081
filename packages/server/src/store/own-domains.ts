/** When the file of a domain that is served here last named this server (spec/9.1). */
import type { Domain } from "@keypears/protocol";
import type { Queries } from "./store.ts";

/** In milliseconds; null where it never was. */
export async function readNamedAt(db: Queries, domain: Domain): Promise<number | null> {
  const row = await db
    .selectFrom("own_domains")
    .select("named_at")
    .where("domain", "=", domain)
    .executeTakeFirst();
  return row?.named_at ?? null;
}

export async function writeNamedAt(tx: Queries, domain: Domain, namedAt: number): Promise<void> {
  await tx
    .insertInto("own_domains")
    .values({ domain, named_at: namedAt })
    .onConflict((conflict) => conflict.column("domain").doUpdateSet({ named_at: namedAt }))
    .execute();
}
