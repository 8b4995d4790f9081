import { ApiError, type peerContract } from "@keypears/api";
import { domainOf } from "@keypears/protocol";
import type { Handler } from "../handler.ts";
import { giveBack } from "./source.ts";

export const notify: Handler<typeof peerContract.federation.notify> = async (
  context,
  { source },
  notification,
) => {
  const { actsFor, federation, incoming, limits } = context;
  limits.take("federation", source);
  if (!actsFor(domainOf(notification.recipient))) throw new ApiError("misdirected");
  if (federation === null) throw new ApiError("misdirected");
  // Our own users write with a session.
  if (actsFor(domainOf(notification.sender))) {
    throw new ApiError("message_refused", { reason: "address" });
  }
  const progress = await incoming.notify(notification);
  switch (progress.kind) {
    case "delivered":
      giveBack(context, source);
      return { state: "delivered" };
    case "pending":
      return { state: "pending", step: progress.step, reason: progress.reason };
    case "refused":
      throw progress.error;
  }
};
