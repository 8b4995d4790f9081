import type { contract } from "@keypears/api";
import { listBlocks as readBlocks } from "../../store/blocks.ts";
import type { Handler } from "../handler.ts";

export const listBlocks: Handler<typeof contract.messages.listBlocks> = async (
  { store },
  { session },
) => {
  const blocks = await readBlocks(store.db, session.accountId);
  return { blocks: blocks.map(({ target, since }) => ({ target, since })) };
};
