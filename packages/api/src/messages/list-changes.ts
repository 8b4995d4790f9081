import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { change } from "../shapes.ts";
import { queryInteger, revision } from "../wire.ts";

/** What has changed in the mailbox since a revision, in order: the polling twin of the event stream (spec/12.3). */
export const listChanges = procedure({
  method: "GET",
  path: "/messages/changes",
  access: "session",
  summary: "What has changed in this mailbox since a revision.",
  input: z.object({ after: queryInteger(0), limit: z.optional(queryInteger(1, 200)) }),
  output: z.object({ changes: z.array(change), revision, more: z.boolean() }),
  errors: [],
});
