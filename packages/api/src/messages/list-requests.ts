import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { conversation } from "../shapes.ts";
import { queryInteger, revision } from "../wire.ts";

/** Strangers whose messages wait for an answer, the latest first, a page at a time (spec/7.6). */
export const listRequests = procedure({
  method: "GET",
  path: "/messages/requests",
  access: "session",
  summary: "Strangers whose messages wait for an answer.",
  input: z.object({ before: z.optional(queryInteger(1)), limit: z.optional(queryInteger(1, 100)) }),
  output: z.object({ conversations: z.array(conversation), next: z.nullable(revision) }),
  errors: [],
});
