import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.ts";

/** What is sent to other domains, what comes from them, for how long this server acts for its own, and which keys of a peer a mailbox knows. */
export async function federation(db: Kysely<Tables>): Promise<void> {
  const statements = [
    sql`create table sent_messages (
      account_id integer not null references accounts (id),
      peer text not null,
      id blob not null,
      revision integer not null,
      primary key (account_id, peer, id)
    ) strict, without rowid`,
    sql`create table deliveries (
      id integer primary key autoincrement,
      account_id integer not null references accounts (id),
      revision integer not null,
      peer text not null,
      domain text not null,
      pull_token blob not null unique,
      solution text not null,
      pulls integer not null,
      expires_at integer not null,
      lease_until integer
    ) strict`,
    sql`create index deliveries_by_pair on deliveries (domain, account_id, peer, id)`,
    sql`create index deliveries_by_expiry on deliveries (expires_at)`,
    sql`create table incoming (
      recipient_id integer not null references accounts (id),
      sender text not null,
      id blob not null,
      domain text not null,
      hash blob not null,
      seed blob not null,
      purpose text not null,
      pull_token blob not null,
      claimed_at integer not null,
      expires_at integer not null,
      lease_until integer,
      code text,
      reason text,
      primary key (recipient_id, sender, id)
    ) strict, without rowid`,
    sql`create index incoming_by_expiry on incoming (expires_at)`,
    sql`alter table conversations add column peer_number integer not null default 0`,
    sql`create table own_domains (
      domain text primary key,
      named_at integer not null
    ) strict, without rowid`,
  ];
  for (const statement of statements) await statement.execute(db);
}
