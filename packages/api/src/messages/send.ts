import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { envelope, solution, storedMessage } from "../shapes.ts";

/** Hands over a sealed message with its proof of work (spec/6.5, spec/7.4). Idempotent by (recipient, sender, id): a repeat with the same hash gets the same answer. */
export const send = procedure({
  method: "POST",
  path: "/messages/send",
  access: "session",
  summary: "Sends a sealed message with its proof of work.",
  input: z.object({ envelope, solution }),
  output: z.object({ message: storedMessage }),
  errors: [
    "wrong_sender",
    "no_such_user",
    "not_ready",
    "same_address",
    "message_refused",
    "stale_key",
    "stale_sender_key",
    "id_conflict",
    "too_many_waiting",
    "work_refused",
    "work_spent",
    "new_challenge",
    "federation_unavailable",
    "domain_unreachable",
  ],
});
