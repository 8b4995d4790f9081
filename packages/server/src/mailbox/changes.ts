/** What has changed in a mailbox since a revision: the source of `list-changes` and of the event stream (spec/12.3). */
import type { Change } from "@keypears/api";
import { changedConversations } from "../store/conversations.ts";
import { changedMessages, currentRevision } from "../store/mailbox.ts";
import type { Queries } from "../store/store.ts";
import { presentConversations, presentMessage } from "./present.ts";

export interface Changes {
  readonly changes: Change[];
  /** Up to which revision they are complete. */
  readonly revision: number;
  /** Whether there is more above it. */
  readonly more: boolean;
}

/**
 * The changes above `after`, in order: per message and per conversation its newest state, at the revision of its last
 * change. One revision may have two, a message and then its conversation; a page never parts them, so that it may have
 * one more than `limit`.
 */
export async function readChanges(
  db: Queries,
  {
    accountId,
    after,
    limit,
  }: { readonly accountId: number; readonly after: number; readonly limit: number },
): Promise<Changes> {
  // Read first: what is committed while the lists are read lies above it, and is left for the next page whole.
  const upTo = await currentRevision(db, accountId);
  if (after >= upTo) return { changes: [], revision: upTo, more: false };
  const range = { accountId, after, upTo, limit: limit + 1 };
  const messages = await changedMessages(db, range);
  const conversations = await changedConversations(db, range);
  const all = [
    ...messages.map((row) => ({ revision: row.changed, message: row })),
    ...conversations.map((row) => ({ revision: row.changed, conversation: row })),
  ].toSorted((a, b) => a.revision - b.revision);
  const parted = limit < all.length && all[limit - 1]?.revision === all[limit]?.revision;
  const page = all.slice(0, parted ? limit + 1 : limit);
  const more = page.length < all.length;
  const shown = await presentConversations(
    db,
    page.flatMap((item) => ("conversation" in item ? [item.conversation] : [])),
  );
  const changes = page.map((item): Change => {
    const { revision } = item;
    if ("message" in item) {
      return { type: "message", revision, message: presentMessage(item.message) };
    }
    const conversation = shown.shift();
    if (conversation === undefined) throw new Error("A conversation is missing from its page.");
    return { type: "conversation", revision, conversation };
  });
  return { changes, revision: more ? (page.at(-1)?.revision ?? after) : upTo, more };
}
