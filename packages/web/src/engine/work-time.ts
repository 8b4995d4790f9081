/** How long work still takes. */
import type { Progress } from "@keypears/client";

/** The parts of a proof of work (spec/7.3). */
const PARTS = 16;

/**
 * Hashes in a second on an older phone, for comparison: four small cores, each a tenth of a laptop's. An assumption, not a measure.
 */
export const OLDER_PHONE = 100_000;

/** The prices of a server that sets none, in hashes (spec/7.5): a log-in costs as much as a message, a new account as a first contact. */
export const USUAL_PRICES = { message: 7_000_000, firstContact: 70_000_000 } as const;

/**
 * The seconds of work that are left on average, by the parts that are not done: how long these have been tried for makes no difference,
 * so this falls with each part that is done, and not in between. Null where it is unknown, or nothing is left. `jobs` share `speed`.
 */
export function secondsLeft(
  { stage, parts, difficulty }: Progress,
  speed: number | null,
  jobs: number,
): number | null {
  if (stage !== "mining" || parts === PARTS) return null;
  if (difficulty === undefined || speed === null) return null;
  return (difficulty * (PARTS - parts) * Math.max(1, jobs)) / PARTS / speed;
}
