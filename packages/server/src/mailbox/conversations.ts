/** Pages of conversations and of requests (spec/7.6). */
import type { Conversation } from "@keypears/api";
import { listConversations } from "../store/conversations.ts";
import type { Queries } from "../store/store.ts";
import { presentConversations } from "./present.ts";

/** A page of a list, the latest first, and where the next one begins. */
export async function pageOfConversations(
  db: Queries,
  options: {
    readonly accountId: number;
    readonly list: "accepted" | "requests";
    readonly before: number | undefined;
    readonly limit: number | undefined;
  },
): Promise<{ conversations: Conversation[]; next: number | null }> {
  const { accountId, list, before = Number.MAX_SAFE_INTEGER, limit = 50 } = options;
  const rows = await listConversations(db, { accountId, list, before, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    conversations: await presentConversations(db, page),
    next: rows.length > limit ? (page.at(-1)?.last_revision ?? null) : null,
  };
}
