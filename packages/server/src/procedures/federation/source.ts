/** What counts against whom among the calls of other servers (spec/9.3). */
import type { Context } from "../../context.ts";

/** What has verified does not count against the source that it came from. */
export function giveBack({ limits }: Context, source: string): void {
  limits.giveBack("federation", source);
  limits.giveBack("call", source);
}
