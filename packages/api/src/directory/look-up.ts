import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { publishedRecord } from "../shapes.ts";
import { address, keyNumber, queryInteger } from "../wire.ts";

/** The key records of any address, through the user's own server: its own tables, or the other domain's server (spec/4.4, spec/9.2 step 1). */
export const lookUp = procedure({
  method: "GET",
  path: "/directory/{address}",
  access: "session",
  summary: "The key records of any address, asked for by this server.",
  input: z.object({ address, from: z.optional(queryInteger(1)) }),
  output: z.object({ address, records: z.array(publishedRecord), next: z.nullable(keyNumber) }),
  errors: ["no_such_user", "not_ready", "federation_unavailable", "domain_unreachable"],
});
