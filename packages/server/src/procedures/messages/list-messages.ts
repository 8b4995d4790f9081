import type { contract } from "@keypears/api";
import { presentMessage } from "../../mailbox/present.ts";
import { messagesWith } from "../../store/mailbox.ts";
import type { Handler } from "../handler.ts";

export const listMessages: Handler<typeof contract.messages.listMessages> = async (
  { store },
  { session },
  { peer, before = Number.MAX_SAFE_INTEGER, limit = 50 },
) => {
  const { accountId } = session;
  const rows = await messagesWith(store.db, { accountId, peer, before, limit: limit + 1 });
  const page = rows.slice(0, limit).toReversed();
  const next = rows.length > limit ? (page[0]?.revision ?? null) : null;
  return { messages: page.map(presentMessage), next };
};
