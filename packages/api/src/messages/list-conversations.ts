import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { conversation } from "../shapes.ts";
import { queryInteger, revision } from "../wire.ts";

/** The conversations of the mailbox, the latest first, a page at a time (spec/6.6). */
export const listConversations = procedure({
  method: "GET",
  path: "/messages/conversations",
  access: "session",
  summary: "The conversations of this mailbox, the latest first.",
  input: z.object({ before: z.optional(queryInteger(1)), limit: z.optional(queryInteger(1, 100)) }),
  output: z.object({ conversations: z.array(conversation), next: z.nullable(revision) }),
  errors: [],
});
