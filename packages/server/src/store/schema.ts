/**
 * The tables. Times are milliseconds, ids and hashes bytes, addresses canonical text. Each table says what empties it.
 */
import type { Generated, Insertable, Selectable } from "kysely";
import type { Address, Bytes, Domain, Purpose } from "@keypears/protocol";

/** 0 or 1: SQLite and MySQL have no boolean of their own. */
export type Flag = 0 | 1;

/** Emptied by the owner's deletion of the account, which leaves a tombstone. */
export interface AccountTable {
  id: Generated<number>;
  address: Address;
  created_at: number;
  kdf_suite: number;
  password_generation: number;
  verifier: Bytes;
  verifier_salt: Bytes;
  active_number: number;
  active_hash: Bytes;
  first_record_hash: Bytes;
  /** Counts up with every change of the mailbox. */
  revision: number;
  /** Difficulties; null where the server's default holds. */
  price_first_contact: number | null;
  price_message: number | null;
}

/** Never emptied: the chain is kept whole. */
export interface KeyRecordTable {
  account_id: number;
  number: number;
  record: Bytes;
  hash: Bytes;
  possession: Bytes | null;
  continuity: Bytes | null;
}

/** Emptied by the owner, who may destroy an old key set. */
export interface KeyWrapTable {
  account_id: number;
  number: number;
  kind: number;
  role: "agreement" | "signing" | "vault-seed";
  generation: number;
  kdf_suite: number;
  box: Bytes;
}

/** Emptied by log-out and by the job that purges what has run out. */
export interface SessionTable {
  token_hash: Bytes;
  id: Bytes;
  account_id: number;
  created_at: number;
  last_used_at: number;
  device: string;
}

/** Emptied by use and by the job that purges what has run out. */
export interface GrantTable {
  hash: Bytes;
  session_id: Bytes;
  expires_at: number;
}

/** Emptied an hour after the challenge's expiry, or with its job if that is later. */
export interface ClaimTable {
  seed: Bytes;
  /** What it pays for; null where nothing may join it: log-in, step-up. */
  binding: Bytes | null;
  state: "claimed" | "spent";
  /** Until when the claim's holder may work on it alone; null when nobody does. */
  lease_until: number | null;
  claimed_at: number;
  purge_after: number;
}

/** One row per mailbox and message. Emptied with the account; header and box by deleteAfter. */
export interface MessageTable {
  account_id: number;
  /** The place in the mailbox: the order of arrival. */
  revision: number;
  changed: number;
  id: Bytes;
  peer: Address;
  direction: "sent" | "received";
  hash: Bytes;
  header: Bytes | null;
  box: Bytes | null;
  signature: Bytes;
  received_at: number;
  state: "pending" | "delivered" | "failed";
  step: string | null;
  reason: string | null;
  delete_after: number | null;
}

/** What has been accepted for a recipient here, dropped ones too. Never emptied: it is what makes a repeat harmless. */
export interface AcceptedMessageTable {
  recipient_id: number;
  sender: Address;
  id: Bytes;
  hash: Bytes;
  received_at: number;
  /** Where the recipient's copy is; null when it was dropped, declined or has lapsed. */
  received_revision: number | null;
  /** Where the sender's copy is; null when the sender's mailbox is on another server. */
  sent_revision: number | null;
  /** While a stranger's message waits for an answer, or would if it had not been dropped: when it lapses. */
  waits_until: number | null;
}

/**
 * One row per mailbox and peer. Emptied with the account. A row whose `last_revision` is 0 is not shown: all that it had
 * was dropped, declined or has lapsed.
 */
export interface ConversationTable {
  account_id: number;
  peer: Address;
  /** The peer's registrable domain, by which waiting requests are counted. */
  peer_site: Domain;
  /** The highest key number of the peer that a message in either direction has shown; 0 before that. */
  peer_number: number;
  accepted: Flag;
  /** Whether one of the owner's blocks covers the peer. */
  blocked: Flag;
  /** Messages that wait for the owner's answer. */
  waiting: number;
  /** What a blocked stranger would have waiting: counted alike, so that a block cannot be told. */
  waiting_dropped: number;
  /** Received messages above `read_revision`. */
  unread: number;
  read_revision: number;
  /** The latest message's revision; 0 when none is left. */
  last_revision: number;
  /** The revision of the last change that the owner can see. */
  changed: number;
}

/** How many messages of strangers wait, dropped ones too: per registrable domain, and in all under the empty name. Rows at 0 go at once. */
export interface WaitingTable {
  account_id: number;
  site: Domain | "";
  waiting: number;
}

/** Emptied by its owner. */
export interface BlockTable {
  account_id: number;
  target: Address | Domain;
  since: number;
}

/** What was sent to other domains. Never emptied: it is what makes a client's repeat harmless. */
export interface SentMessageTable {
  account_id: number;
  peer: Address;
  id: Bytes;
  /** Where the copy is. */
  revision: number;
}

/** What waits to be fetched by other domains. A row goes when its message is delivered or has failed, after a day at the latest. */
export interface DeliveryTable {
  id: Generated<number>;
  account_id: number;
  /** Where the sender's copy is. */
  revision: number;
  peer: Address;
  /** The recipient's domain. */
  domain: Domain;
  /** A bearer capability for this one ciphertext. */
  pull_token: Bytes;
  /** As JSON: a resumed notification needs it again. */
  solution: string;
  /** How often it was fetched. */
  pulls: number;
  expires_at: number;
  /** Until when one node may work on it alone; null when none does. */
  lease_until: number | null;
}

/**
 * Messages of other domains whose work is claimed and which are not stored: being fetched, or refused, with the answer for
 * whoever notifies again. A row goes with the storing of its message, or a day after the claim.
 */
export interface IncomingTable {
  recipient_id: number;
  sender: Address;
  id: Bytes;
  /** The sender's domain. */
  domain: Domain;
  hash: Bytes;
  seed: Bytes;
  purpose: Purpose;
  pull_token: Bytes;
  claimed_at: number;
  expires_at: number;
  /** Until when one node may work on it alone; null when none does. */
  lease_until: number | null;
  /** Why it was refused; null while it is under way. */
  code: string | null;
  reason: string | null;
}

/** When a domain's file last named this server. One row per domain that is served here. */
export interface OwnDomainTable {
  domain: Domain;
  named_at: number;
}

/** Which migrations have run, and when. */
export interface MigrationTable {
  name: string;
  run_at: number;
}

export interface Tables {
  accounts: AccountTable;
  key_records: KeyRecordTable;
  key_wraps: KeyWrapTable;
  sessions: SessionTable;
  grants: GrantTable;
  claims: ClaimTable;
  messages: MessageTable;
  accepted_messages: AcceptedMessageTable;
  conversations: ConversationTable;
  waiting: WaitingTable;
  blocks: BlockTable;
  sent_messages: SentMessageTable;
  deliveries: DeliveryTable;
  incoming: IncomingTable;
  own_domains: OwnDomainTable;
  migrations: MigrationTable;
}

export type AccountRow = Selectable<AccountTable>;
export type KeyRecordRow = Selectable<KeyRecordTable>;
export type KeyWrapRow = Selectable<KeyWrapTable>;
export type SessionRow = Selectable<SessionTable>;
export type MessageRow = Selectable<MessageTable>;
export type NewMessageRow = Insertable<MessageTable>;
export type AcceptedMessageRow = Selectable<AcceptedMessageTable>;
export type ConversationRow = Selectable<ConversationTable>;
export type BlockRow = Selectable<BlockTable>;
export type SentMessageRow = Selectable<SentMessageTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
export type IncomingRow = Selectable<IncomingTable>;
