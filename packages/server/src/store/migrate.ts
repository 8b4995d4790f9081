/** Numbered migrations, run forward at start, each in a transaction with the note that it has run. */
import { type Kysely, sql } from "kysely";
import { theMainJob } from "./migrations/0001-the-main-job.ts";
import { federation } from "./migrations/0002-federation.ts";
import type { Tables } from "./schema.ts";

type Migration = (db: Kysely<Tables>) => Promise<void>;

/** In order. A released one is never changed: the next one mends it. */
const migrations: readonly (readonly [name: string, run: Migration])[] = [
  ["0001-the-main-job", theMainJob],
  ["0002-federation", federation],
];

/**
 * Brings a database forward to this version, within the transaction that the caller holds. Throws where the database
 * has been run by a later version, whose data this one would not understand.
 */
export async function migrate(db: Kysely<Tables>, now: number): Promise<void> {
  await sql`create table if not exists migrations (name text primary key, run_at integer not null) strict`.execute(
    db,
  );
  const rows = await db.selectFrom("migrations").select("name").execute();
  const done = new Set(rows.map((row) => row.name));
  const known = new Set(migrations.map(([name]) => name));
  const later = [...done].filter((name) => !known.has(name));
  if (later.length > 0) {
    throw new Error(
      `The database was used by a later version of KeyPears (${later.join(", ")}): start that version.`,
    );
  }
  for (const [name, run] of migrations) {
    if (done.has(name)) continue;
    await run(db);
    await db.insertInto("migrations").values({ name, run_at: now }).execute();
  }
}
