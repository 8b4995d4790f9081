import { ApiError, type peerContract } from "@keypears/api";
import type { Handler } from "../handler.ts";

export const serves: Handler<typeof peerContract.federation.serves> = async (
  { actsFor },
  _,
  { domain },
) => {
  if (!actsFor(domain)) throw new ApiError("misdirected");
  return { serves: true };
};
