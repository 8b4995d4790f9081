import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { newSession, publishedRecord, solution, storedWraps, transport } from "../shapes.ts";
import { address, bytes } from "../wire.ts";

/** Proves the password by the login key, after its proof of work, and answers with a session, the wraps and the records (spec/3.3, spec/8.1). */
export const logIn = procedure({
  method: "POST",
  path: "/account/login",
  access: "anyone",
  summary: "Logs in: a session, the wrapped keys and the key records.",
  input: z.object({ address, loginKey: bytes(32), solution, transport }),
  output: z.object({
    session: newSession,
    passwordGeneration: z.int().check(z.minimum(1)),
    records: z.array(publishedRecord),
    wraps: z.array(storedWraps),
  }),
  errors: ["wrong_credentials", "suspended", "work_refused", "work_spent", "new_challenge"],
});
