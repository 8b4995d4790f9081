import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { conversation } from "../shapes.ts";
import { address } from "../wire.ts";

/** Accepts a stranger: from now on a conversation (spec/7.6). */
export const accept = procedure({
  method: "POST",
  path: "/messages/accept",
  access: "session",
  summary: "Accepts a stranger.",
  input: z.object({ peer: address }),
  output: z.object({ conversation }),
  errors: ["no_such_conversation"],
});
