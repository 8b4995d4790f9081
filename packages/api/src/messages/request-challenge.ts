import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { challenge, recordPointer } from "../shapes.ts";
import { address, signature, time } from "../wire.ts";

/** A challenge for one message from the session's address to the recipient (spec/7.6), and which record of the recipient is newest. The request is signed with the sender's active key. */
export const requestChallenge = procedure({
  method: "POST",
  path: "/messages/request-challenge",
  access: "session",
  summary: "A proof-of-work challenge for one message.",
  input: z.object({ recipient: address, time, signature }),
  output: z.object({ challenge, recipientKey: recordPointer }),
  errors: [
    "no_such_user",
    "not_ready",
    "request_refused",
    "same_address",
    "federation_unavailable",
    "domain_unreachable",
  ],
});
