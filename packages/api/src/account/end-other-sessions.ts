import * as z from "zod/mini";
import { procedure } from "../procedure.ts";

/** Ends all sessions of the account but the one that asks (spec/8.1). */
export const endOtherSessions = procedure({
  method: "POST",
  path: "/account/sessions/end-others",
  access: "session",
  summary: "Ends all other sessions of this account.",
  input: z.object({}),
  output: z.object({ ended: z.int().check(z.minimum(0)) }),
  errors: [],
});
