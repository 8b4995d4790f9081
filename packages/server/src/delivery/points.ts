/**
 * The points of a delivery between whose steps a server may die (spec/9.2). Nothing happens at them, except in tests, which
 * stop, hold or kill a server there.
 */
export const points = [
  /** Step 4: the sender's copy and the delivery are stored, the client has no answer yet. */
  "queued",
  /** Step 5: before the recipient's server is told. */
  "notifying",
  /** Step 6: the recipient's server has a notification that it has not looked at. */
  "notified",
  /** Step 6: the work is claimed, nothing else is done. */
  "claimed",
  /** Step 6: the sender's domain is resolved. */
  "resolved",
  /** Step 6, at the sender's server: the pull is counted and not answered. */
  "pulling",
  /** Step 6: the message is here and judged by nobody. */
  "pulled",
  /** Step 6: the message was judged genuine and is not stored. */
  "judged",
  /** Step 7: the recipient's copy is stored, the sender's server does not know. */
  "stored",
  /** Step 8, at the sender's server: the answer is there and not written down. */
  "answered",
  /** Step 8: the delivery is marked and nobody is woken. */
  "delivered",
] as const;

export type Point = (typeof points)[number];
