import type { contract } from "@keypears/api";
import { domainOf, judgeName } from "@keypears/protocol";
import { ApiError } from "@keypears/api";
import { findAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";

export const checkAvailability: Handler<typeof contract.account.checkAvailability> = async (
  { actsFor, config, limits, store },
  { source },
  { address },
) => {
  limits.take("lookup", source);
  if (!actsFor(domainOf(address))) throw new ApiError("misdirected");
  if (config.registration === "closed") return { status: "closed" };
  const name = judgeName(address);
  if (name !== "ok") return { status: name };
  return { status: (await findAccount(store.db, address)) === undefined ? "available" : "taken" };
};
