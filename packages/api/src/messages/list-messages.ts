import * as z from "zod";
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
    before: queryInteger(1).optional(),
    limit: queryInteger(1, 100).optional(),
  }),
  output: z.object({ messages: z.array(storedMessage), next: revision.nullable() }),
  errors: [],
});
