import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { solution } from "../shapes.ts";
import { address, bytes, hash, id } from "../wire.ts";

/**
 * Says that a message waits to be pulled, with the proof of work that pays for it (spec/9.2 steps 5 to 7). Idempotent by
 * (recipient, sender, id): a repeat gets the state of what is under way, or the outcome. An error ends the delivery, except
 * 429, 5xx and `work_in_progress`.
 */
export const notify = procedure({
  method: "POST",
  path: "/federation/notify",
  access: "anyone",
  summary: "Says that a message waits to be pulled.",
  input: z.object({
    id,
    hash,
    sender: address,
    recipient: address,
    pullToken: bytes(32),
    solution,
  }),
  output: z.discriminatedUnion("state", [
    z.object({ state: z.literal("delivered") }),
    z.object({
      state: z.literal("pending"),
      /** How far the recipient's server has come: `notified` or `pulled`. */
      step: z.string().check(z.maxLength(32)),
      /** Why it goes no further just now, where something is in the way: one of `peerFaults`. */
      reason: z.nullable(z.string().check(z.maxLength(64))),
    }),
  ]),
  errors: [
    "no_such_user",
    "not_ready",
    "message_refused",
    "pull_refused",
    "stale_key",
    "stale_sender_key",
    "id_conflict",
    "too_many_waiting",
    "work_refused",
    "work_spent",
    "work_in_progress",
    "new_challenge",
    "domain_unreachable",
  ],
});
