import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { id, time } from "../wire.ts";

/** The sessions of the account (spec/8.1). */
export const listSessions = procedure({
  method: "GET",
  path: "/account/sessions",
  access: "session",
  summary: "The sessions of this account.",
  input: z.object({}),
  output: z.object({
    sessions: z.array(
      z.object({
        id,
        current: z.boolean(),
        createdAt: time,
        lastUsedAt: time,
        device: z.string().check(z.maxLength(120)),
      }),
    ),
  }),
  errors: [],
});
