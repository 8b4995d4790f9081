import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { envelope, recordPointer } from "../shapes.ts";
import { bytes } from "../wire.ts";

/**
 * Hands over one message for its pull token (spec/9.2 step 6), 16 times and for 24 hours; and says which record of the
 * sender is newest, so that nobody judges by older ones. `not_found` for what is no token, or no longer.
 */
export const pull = procedure({
  method: "POST",
  path: "/federation/pull",
  access: "anyone",
  summary: "Hands over one message for its pull token.",
  input: z.object({ pullToken: bytes(32) }),
  output: z.object({ envelope, senderKey: recordPointer }),
  errors: [],
});
