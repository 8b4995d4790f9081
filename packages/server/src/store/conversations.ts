/** Conversations of a mailbox: one row per peer, with its counters, its read marker and where it stands. */
import type { Address, Domain } from "@keypears/protocol";
import { type SqlBool, sql } from "kysely";
import { addBlock, isBlocked, removeBlock } from "./blocks.ts";
import { advance, countReceived } from "./mailbox.ts";
import type { ConversationRow, Flag } from "./schema.ts";
import type { Queries } from "./store.ts";
import { type Lapsing, deleteWaiting, lapse, release } from "./waiting.ts";

/** The row of one peer, shown to its owner or not. */
function findConversation(
  db: Queries,
  accountId: number,
  peer: Address,
): Promise<ConversationRow | undefined> {
  return db
    .selectFrom("conversations")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("peer", "=", peer)
    .executeTakeFirst();
}

/** Several rows at once, in the order in which they are asked for. */
export async function findConversations(
  db: Queries,
  keys: readonly Pick<ConversationRow, "account_id" | "peer">[],
): Promise<(ConversationRow | undefined)[]> {
  const rows = await db
    .selectFrom("conversations")
    .selectAll()
    .where((row) =>
      row.or(
        keys.map((key) =>
          row.and([row("account_id", "=", key.account_id), row("peer", "=", key.peer)]),
        ),
      ),
    )
    .execute();
  return keys.map((key) =>
    rows.find((row) => row.account_id === key.account_id && row.peer === key.peer),
  );
}

/** How a peer stands with the account's owner: whether they were accepted, and which keys of theirs were known (spec/7.6). */
export async function standingOf(
  db: Queries,
  accountId: number,
  peer: Address,
): Promise<{ readonly isAccepted: boolean; readonly knownNumber: number }> {
  const row = await db
    .selectFrom("conversations")
    .select(["accepted", "peer_number"])
    .where("account_id", "=", accountId)
    .where("peer", "=", peer)
    .executeTakeFirst();
  return { isAccepted: row?.accepted === 1, knownNumber: row?.peer_number ?? 0 };
}

/** Whether the owner sees the row: it has a message. */
function isShown(row: ConversationRow | undefined): row is ConversationRow {
  return row !== undefined && row.last_revision > 0;
}

/** A row before anything has happened in it. */
export function emptyConversation(options: {
  readonly accountId: number;
  readonly peer: Address;
  readonly site: Domain;
  readonly blocked: boolean;
}): ConversationRow {
  return {
    account_id: options.accountId,
    peer: options.peer,
    peer_site: options.site,
    peer_number: 0,
    accepted: 0,
    blocked: options.blocked ? 1 : 0,
    waiting: 0,
    waiting_dropped: 0,
    unread: 0,
    read_revision: 0,
    last_revision: 0,
    changed: 0,
  };
}

export async function insertConversation(tx: Queries, row: ConversationRow): Promise<void> {
  await tx.insertInto("conversations").values(row).execute();
}

export type ConversationChange = Partial<Omit<ConversationRow, "account_id" | "peer">>;

/** Writes what has changed in a row, and gives the row as it then is. */
export async function updateConversation(
  tx: Queries,
  row: ConversationRow,
  change: ConversationChange,
): Promise<ConversationRow> {
  await tx
    .updateTable("conversations")
    .set(change)
    .where("account_id", "=", row.account_id)
    .where("peer", "=", row.peer)
    .execute();
  return { ...row, ...change };
}

/** The same as a change that the owner sees: the mailbox counts up. */
async function changeShown(
  tx: Queries,
  row: ConversationRow,
  change: ConversationChange,
): Promise<ConversationRow> {
  return updateConversation(tx, row, { ...change, changed: await advance(tx, row.account_id) });
}

/**
 * Up to `limit` conversations whose latest message lies before a revision, the latest first: those that are accepted, or
 * the requests of strangers, without those that are blocked.
 */
export function listConversations(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly list: "accepted" | "requests";
    readonly before: number;
    readonly limit: number;
  },
): Promise<ConversationRow[]> {
  const { accountId, list, before, limit } = options;
  const rows = db
    .selectFrom("conversations")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("last_revision", ">", 0)
    .where("last_revision", "<", before)
    .orderBy("last_revision", "desc")
    .limit(limit);
  // Written out, not bound: only so does the planner see that the partial index of the list holds all of it.
  const [yes, no] = [sql.lit<Flag>(1), sql.lit<Flag>(0)];
  if (list === "accepted") return rows.where("accepted", "=", yes).execute();
  return rows.where("accepted", "=", no).where("blocked", "=", no).execute();
}

/** Up to `limit` conversations that changed last above `after` and not above `upTo`, in that order. */
export function changedConversations(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly after: number;
    readonly upTo: number;
    readonly limit: number;
  },
): Promise<ConversationRow[]> {
  return db
    .selectFrom("conversations")
    .selectAll()
    .where("account_id", "=", options.accountId)
    .where("changed", ">", options.after)
    .where("changed", "<=", options.upTo)
    .orderBy("changed")
    .limit(options.limit)
    .execute();
}

/** Accepts a stranger (spec/7.6): what waits becomes a conversation. Null where nothing is shown of the peer. */
export async function acceptPeer(
  tx: Queries,
  accountId: number,
  peer: Address,
): Promise<ConversationRow | null> {
  const row = await findConversation(tx, accountId, peer);
  if (!isShown(row)) return null;
  if (row.accepted === 1) return row;
  return changeShown(tx, row, { ...(await release(tx, row)), accepted: 1 });
}

/**
 * Deletes what a stranger has waiting (spec/7.6). Null where nothing was ever shown of the peer; to decline again what has
 * been declined changes nothing.
 */
export async function declinePeer(
  tx: Queries,
  accountId: number,
  peer: Address,
): Promise<ConversationRow | null> {
  const row = await findConversation(tx, accountId, peer);
  if (row === undefined || row.changed === 0) return null;
  if (row.waiting === 0) return row;
  return changeShown(tx, row, await deleteWaiting(tx, row));
}

/**
 * Moves the read marker forward, at most to the latest message (spec/6.6). What it passes is counted, and no more, so that
 * each message is counted once in its life. Null where nothing is shown of the peer.
 */
export async function moveReadMarker(
  tx: Queries,
  options: { readonly accountId: number; readonly peer: Address; readonly revision: number },
): Promise<ConversationRow | null> {
  const { accountId, peer } = options;
  const row = await findConversation(tx, accountId, peer);
  if (!isShown(row)) return null;
  const marker = Math.min(options.revision, row.last_revision);
  if (marker <= row.read_revision) return row;
  const passed = { accountId, peer, after: row.read_revision, upTo: marker };
  const unread = row.unread - (await countReceived(tx, passed));
  return changeShown(tx, row, { unread, read_revision: marker });
}

/** Blocks an address or a domain with its subdomains (spec/7.6); gives the mailbox's new revision where its owner sees a change. */
export async function blockTarget(
  tx: Queries,
  options: {
    readonly accountId: number;
    readonly target: Address | Domain;
    readonly now: number;
  },
): Promise<number | null> {
  const { accountId, target, now } = options;
  if (!(await addBlock(tx, { account_id: accountId, target, since: now }))) return null;
  let revision: number | null = null;
  for (const row of await covered(tx, accountId, target)) {
    if (row.blocked === 0) revision = (await setBlocked(tx, row, 1)) ?? revision;
  }
  return revision;
}

/** Takes a block away: what it covered is shown again where no other block covers it. */
export async function unblockTarget(
  tx: Queries,
  options: { readonly accountId: number; readonly target: Address | Domain },
): Promise<number | null> {
  const { accountId, target } = options;
  if (!(await removeBlock(tx, accountId, target))) return null;
  let revision: number | null = null;
  for (const row of await covered(tx, accountId, target)) {
    if (row.blocked === 1 && !(await isBlocked(tx, accountId, row.peer))) {
      revision = (await setBlocked(tx, row, 0)) ?? revision;
    }
  }
  return revision;
}

async function setBlocked(
  tx: Queries,
  row: ConversationRow,
  blocked: Flag,
): Promise<number | null> {
  if (isShown(row)) return (await changeShown(tx, row, { blocked })).changed;
  await updateConversation(tx, row, { blocked });
  return null;
}

/** The conversations that a block of `target` covers. For a domain this walks the account's own conversations. */
function covered(
  tx: Queries,
  accountId: number,
  target: Address | Domain,
): Promise<ConversationRow[]> {
  const rows = tx.selectFrom("conversations").selectAll().where("account_id", "=", accountId);
  if (target.includes("@")) return rows.where("peer", "=", target as Address).execute();
  // A domain holds neither of LIKE's wildcards, and no "@", so a match lies within the domain of the peer.
  const [itself, below] = [`%@${target}`, `%.${target}`];
  return rows.where(sql<SqlBool>`(peer like ${itself} or peer like ${below})`).execute();
}

/** Lets one message lapse that waits; gives the mailbox's new revision where its owner sees a change. */
export async function lapseMessage(tx: Queries, message: Lapsing): Promise<number | null> {
  const row = await findConversation(tx, message.recipient_id, message.sender);
  if (row === undefined) throw new Error("A message waits without its conversation.");
  const change = await lapse(tx, message, row);
  if (change.waiting === row.waiting) {
    await updateConversation(tx, row, change);
    return null;
  }
  return (await changeShown(tx, row, change)).changed;
}
