import { type Kysely, sql } from "kysely";
import type { Tables } from "../schema.ts";

/** Accounts, keys, sessions, proof-of-work claims, mailboxes. */
export async function theMainJob(db: Kysely<Tables>): Promise<void> {
  const statements = [
    sql`create table accounts (
      id integer primary key autoincrement,
      address text not null unique,
      created_at integer not null,
      kdf_suite integer not null,
      password_generation integer not null,
      verifier blob not null,
      verifier_salt blob not null,
      active_number integer not null,
      active_hash blob not null,
      first_record_hash blob not null,
      revision integer not null,
      price_first_contact integer,
      price_message integer
    ) strict`,
    sql`create table key_records (
      account_id integer not null references accounts (id),
      number integer not null,
      record blob not null,
      hash blob not null,
      possession blob,
      continuity blob,
      primary key (account_id, number)
    ) strict, without rowid`,
    sql`create table key_wraps (
      account_id integer not null references accounts (id),
      number integer not null,
      kind integer not null,
      role text not null,
      generation integer not null,
      kdf_suite integer not null,
      box blob not null,
      primary key (account_id, number, kind, role)
    ) strict, without rowid`,
    sql`create table sessions (
      token_hash blob primary key,
      id blob not null unique,
      account_id integer not null references accounts (id),
      created_at integer not null,
      last_used_at integer not null,
      device text not null
    ) strict, without rowid`,
    sql`create index sessions_by_account on sessions (account_id, created_at)`,
    sql`create index sessions_by_use on sessions (last_used_at)`,
    sql`create table grants (
      hash blob primary key,
      session_id blob not null,
      expires_at integer not null
    ) strict, without rowid`,
    sql`create index grants_by_session on grants (session_id)`,
    sql`create index grants_by_expiry on grants (expires_at)`,
    sql`create table claims (
      seed blob primary key,
      binding blob,
      state text not null,
      lease_until integer,
      claimed_at integer not null,
      purge_after integer not null
    ) strict, without rowid`,
    sql`create index claims_by_purge on claims (purge_after)`,
    sql`create table messages (
      account_id integer not null references accounts (id),
      revision integer not null,
      changed integer not null,
      id blob not null,
      peer text not null,
      direction text not null,
      hash blob not null,
      header blob,
      box blob,
      signature blob not null,
      received_at integer not null,
      state text not null,
      step text,
      reason text,
      delete_after integer,
      primary key (account_id, revision)
    ) strict, without rowid`,
    sql`create index messages_by_peer on messages (account_id, peer, revision desc)`,
    sql`create index messages_by_change on messages (account_id, changed) where changed > revision`,
    sql`create index messages_by_deletion on messages (delete_after) where delete_after is not null`,
    sql`create table accepted_messages (
      recipient_id integer not null references accounts (id),
      sender text not null,
      id blob not null,
      hash blob not null,
      received_at integer not null,
      received_revision integer,
      sent_revision integer,
      waits_until integer,
      primary key (recipient_id, sender, id)
    ) strict, without rowid`,
    sql`create index accepted_waiting on accepted_messages (recipient_id, sender) where waits_until is not null`,
    sql`create index accepted_lapse on accepted_messages (waits_until) where waits_until is not null`,
    sql`create table conversations (
      account_id integer not null references accounts (id),
      peer text not null,
      peer_site text not null,
      accepted integer not null,
      blocked integer not null,
      waiting integer not null check (waiting >= 0),
      waiting_dropped integer not null check (waiting_dropped >= 0),
      unread integer not null check (unread >= 0),
      read_revision integer not null,
      last_revision integer not null,
      changed integer not null,
      primary key (account_id, peer)
    ) strict, without rowid`,
    sql`create index conversations_latest on conversations (account_id, last_revision desc) where accepted = 1`,
    sql`create index conversations_asking on conversations (account_id, last_revision desc) where accepted = 0 and blocked = 0`,
    sql`create index conversations_by_change on conversations (account_id, changed)`,
    sql`create table waiting (
      account_id integer not null references accounts (id),
      site text not null,
      waiting integer not null check (waiting >= 0),
      primary key (account_id, site)
    ) strict, without rowid`,
    sql`create table blocks (
      account_id integer not null references accounts (id),
      target text not null,
      since integer not null,
      primary key (account_id, target)
    ) strict, without rowid`,
  ];
  for (const statement of statements) await statement.execute(db);
}
