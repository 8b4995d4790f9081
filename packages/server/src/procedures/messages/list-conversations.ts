import type { contract } from "@keypears/api";
import { pageOfConversations } from "../../mailbox/conversations.ts";
import type { Handler } from "../handler.ts";

export const listConversations: Handler<typeof contract.messages.listConversations> = async (
  { store },
  { session },
  { before, limit },
) =>
  pageOfConversations(store.db, { accountId: session.accountId, list: "accepted", before, limit });
