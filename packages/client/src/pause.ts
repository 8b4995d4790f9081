/**
 * Pauses between attempts.
 * @module
 */
import type { Random } from "@keypears/protocol";

/**
 * How long to wait before attempt `attempt` (from 1), in milliseconds: `first`, doubled with each, at most `most`; then half
 * of that to one and a half times, by chance, so that those who lost a server together do not come back together.
 */
export function growingPause(
  random: Random,
  {
    attempt,
    first,
    most,
  }: { readonly attempt: number; readonly first: number; readonly most: number },
): number {
  const length = Math.min(first * 2 ** (attempt - 1), most);
  const chance = (random(1)[0] as number) / 256;
  return Math.round(length * (0.5 + chance));
}
