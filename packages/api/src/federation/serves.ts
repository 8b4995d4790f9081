import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { domain } from "../wire.ts";

/** Whether this server serves a domain (spec/9.1): asked before anything else, else `misdirected`. */
export const serves = procedure({
  method: "GET",
  path: "/federation/serves/{domain}",
  access: "anyone",
  summary: "Whether this server serves a domain.",
  input: z.object({ domain }),
  output: z.object({ serves: z.literal(true) }),
  errors: [],
});
