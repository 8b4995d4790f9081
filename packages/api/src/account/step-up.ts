import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { solution, storedWraps } from "../shapes.ts";
import { bytes } from "../wire.ts";

/** Proves the password again within a session: all wraps, and a grant for one guarded call within ten minutes (spec/8.2). */
export const stepUp = procedure({
  method: "POST",
  path: "/account/step-up",
  access: "session",
  summary: "Proves the password again: all wraps and a grant for one guarded call.",
  input: z.object({ loginKey: bytes(32), solution }),
  output: z.object({
    grant: bytes(32),
    passwordGeneration: z.int().check(z.minimum(1)),
    wraps: z.array(storedWraps),
  }),
  errors: ["wrong_credentials", "work_refused", "work_spent", "new_challenge"],
});
