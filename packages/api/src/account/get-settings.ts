import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { difficulty } from "../wire.ts";

/** The prices that the account asks of those who write to it (spec/7.5). */
export const getSettings = procedure({
  method: "GET",
  path: "/account/settings",
  access: "session",
  summary: "The prices of this account and the least that the server allows.",
  input: z.object({}),
  output: z.object({ firstContact: difficulty, message: difficulty, minimum: difficulty }),
  errors: [],
});
