import type { contract } from "@keypears/api";
import { readChanges } from "../../mailbox/changes.ts";
import type { Handler } from "../handler.ts";

export const listChanges: Handler<typeof contract.messages.listChanges> = async (
  { store },
  { session },
  { after, limit = 100 },
) => readChanges(store.db, { accountId: session.accountId, after, limit });
