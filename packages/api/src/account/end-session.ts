import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { id } from "../wire.ts";

/** Ends one session of the account (spec/8.1). */
export const endSession = procedure({
  method: "POST",
  path: "/account/sessions/end",
  access: "session",
  summary: "Ends one session of this account.",
  input: z.object({ id }),
  output: z.object({}),
  errors: ["no_such_session"],
});
