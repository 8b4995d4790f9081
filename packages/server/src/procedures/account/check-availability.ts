import type { contract } from "@keypears/api";
import { domainOf } from "@keypears/protocol";
import { ApiError } from "@keypears/api";
import { findAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";
import { judgeNewName } from "./new-name.ts";

export const checkAvailability: Handler<typeof contract.account.checkAvailability> = async (
  { actsFor, config, limits, store },
  { source, isOwn },
  { address },
) => {
  limits.take("lookup", source);
  if (!actsFor(domainOf(address))) throw new ApiError("misdirected");
  if (config.registration === "closed" && !isOwn) return { status: "closed" };
  const name = judgeNewName({ config, isOwn }, address);
  if (name !== "ok") return { status: name };
  return { status: (await findAccount(store.db, address)) === undefined ? "available" : "taken" };
};
