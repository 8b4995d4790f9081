import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { challenge } from "../shapes.ts";
import { address } from "../wire.ts";

/** A challenge for sign-up, log-in or step-up (spec/7.2), and the KDF suite of the account; for an unknown address the current one (spec/3.2). */
export const requestChallenge = procedure({
  method: "POST",
  path: "/account/request-challenge",
  access: "anyone",
  summary: "A proof-of-work challenge for sign-up, log-in or step-up.",
  input: z.object({ purpose: z.enum(["register", "login", "step-up"]), address }),
  output: z.object({ challenge, kdfSuite: z.int().check(z.minimum(1)) }),
  errors: ["registration_closed"],
});
