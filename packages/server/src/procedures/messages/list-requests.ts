import type { contract } from "@keypears/api";
import { pageOfConversations } from "../../mailbox/conversations.ts";
import type { Handler } from "../handler.ts";

export const listRequests: Handler<typeof contract.messages.listRequests> = async (
  { store },
  { session },
  { before, limit },
) =>
  pageOfConversations(store.db, { accountId: session.accountId, list: "requests", before, limit });
