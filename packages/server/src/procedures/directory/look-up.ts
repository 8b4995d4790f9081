import { ApiError, type contract } from "@keypears/api";
import { domainOf } from "@keypears/protocol";
import type { Handler } from "../handler.ts";
import { ownRecords } from "../keys/list-records.ts";

export const lookUp: Handler<typeof contract.directory.lookUp> = async (
  context,
  { source },
  { address, from = 1 },
) => {
  context.limits.take("lookup", source);
  if (!context.actsFor(domainOf(address))) throw new ApiError("federation_unavailable");
  return ownRecords(context, address, from);
};
