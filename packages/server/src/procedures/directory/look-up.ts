import { ApiError, contract } from "@keypears/api";
import { domainOf } from "@keypears/protocol";
import { askPeer } from "../../federation/client.ts";
import type { Handler } from "../handler.ts";
import { ownRecords } from "../keys/list-records.ts";

export const lookUp: Handler<typeof contract.directory.lookUp> = async (
  context,
  { session, source },
  { address, from = 1 },
) => {
  context.limits.take("lookup", source);
  const domain = domainOf(address);
  if (context.actsFor(domain)) return ownRecords(context, address, from);
  context.limits.take("asking", "", String(session.accountId));
  const answer = await askPeer(context, domain, contract.keys.listRecords, { address, from });
  // Whose records they are is for the client to judge; what they are called is what was asked for.
  if (answer.address !== address)
    throw new ApiError("domain_unreachable", { reason: "bad_answer" });
  return answer;
};
