/** Whether a name can be signed up here (spec/2.3). */
import { type Address, judgeName } from "@keypears/protocol";
import type { Config } from "../../config.ts";
import type { Call } from "../handler.ts";

/** The rule for everybody's names; and the echo account's is reserved to the server itself. */
export function judgeNewName(
  { config, isOwn }: Pick<Call, "isOwn"> & { readonly config: Pick<Config, "echo"> },
  address: Address,
): "ok" | "form" | "reserved" {
  if (address === config.echo && !isOwn) return "reserved";
  return judgeName(address);
}
