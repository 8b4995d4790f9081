import type { peerContract } from "@keypears/api";
import { pull as handOver } from "../../delivery/pull.ts";
import type { Handler } from "../handler.ts";
import { giveBack } from "./source.ts";

export const pull: Handler<typeof peerContract.federation.pull> = async (
  context,
  { source },
  { pullToken },
) => {
  context.limits.take("federation", source);
  const pulled = await handOver(context, pullToken);
  giveBack(context, source);
  return pulled;
};
