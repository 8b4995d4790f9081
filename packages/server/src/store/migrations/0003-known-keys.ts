import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.ts";

/** Which keys of a peer a mailbox knows: a reset that comes after them makes the peer a stranger. */
export async function knownKeys(db: Kysely<Tables>): Promise<void> {
  await sql`alter table conversations add column peer_number integer not null default 0`.execute(
    db,
  );
}
