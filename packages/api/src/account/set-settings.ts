import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { difficulty } from "../wire.ts";

/** Sets prices of the account; what is left out stays (spec/7.5). */
export const setSettings = procedure({
  method: "POST",
  path: "/account/settings",
  access: "session",
  summary: "Sets prices of this account.",
  input: z.object({ firstContact: z.optional(difficulty), message: z.optional(difficulty) }),
  output: z.object({ firstContact: difficulty, message: difficulty, minimum: difficulty }),
  errors: ["below_minimum"],
});
