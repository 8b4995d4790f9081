import type { contract } from "@keypears/api";
import { listSessions as listSessionRows, sessionId } from "../../store/sessions.ts";
import type { Handler } from "../handler.ts";

export const listSessions: Handler<typeof contract.account.listSessions> = async (
  { store },
  { session },
) => {
  const rows = await listSessionRows(store.db, session.accountId, await store.now());
  return {
    sessions: rows.map((row) => {
      const id = sessionId(row);
      return {
        id,
        current: id === session.id,
        createdAt: row.created_at,
        lastUsedAt: row.last_used_at,
        device: row.device,
      };
    }),
  };
};
