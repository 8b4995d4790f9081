import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { conversation } from "../shapes.ts";
import { address } from "../wire.ts";

/** Deletes what a stranger has waiting, without telling (spec/7.6). */
export const decline = procedure({
  method: "POST",
  path: "/messages/decline",
  access: "session",
  summary: "Deletes what a stranger has waiting.",
  input: z.object({ peer: address }),
  output: z.object({ conversation }),
  errors: ["no_such_conversation"],
});
