import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { challenge, recordPointer } from "../shapes.ts";
import { address, signature, time } from "../wire.ts";

/** A challenge for one message from a user of another server (spec/7.6, spec/9.2 step 2), who has signed the request. */
export const requestChallenge = procedure({
  method: "POST",
  path: "/federation/request-challenge",
  access: "anyone",
  summary: "A proof-of-work challenge for one message of another domain's user.",
  input: z.object({ sender: address, recipient: address, time, signature }),
  output: z.object({ challenge, recipientKey: recordPointer }),
  errors: ["no_such_user", "not_ready", "request_refused", "domain_unreachable"],
});
