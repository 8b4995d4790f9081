import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { storedMessage } from "../shapes.ts";
import { address, queryInteger, revision } from "../wire.ts";

/** The messages with one peer, newest page first, each page in order of arrival (spec/6.6). */
export const listMessages = procedure({
  method: "GET",
  path: "/messages/with/{peer}",
  access: "session",
  summary: "The messages with one peer, in order of arrival.",
  input: z.object({
    peer: address,
    before: z.optional(queryInteger(1)),
    limit: z.optional(queryInteger(1, 100)),
  }),
  output: z.object({ messages: z.array(storedMessage), next: z.nullable(revision) }),
  errors: [],
});
