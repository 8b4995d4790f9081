import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { conversation } from "../shapes.ts";
import { address, revision } from "../wire.ts";

/** Moves the read marker of a conversation forward to a revision (spec/6.6). */
export const markRead = procedure({
  method: "POST",
  path: "/messages/mark-read",
  access: "session",
  summary: "Moves the read marker of a conversation.",
  input: z.object({ peer: address, revision }),
  output: z.object({ conversation }),
  errors: ["no_such_conversation"],
});
