import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { address } from "../wire.ts";

/** Whether an address can be signed up here (spec/2.3). Limited by source, like everything that tells who exists. */
export const checkAvailability = procedure({
  method: "GET",
  path: "/account/availability",
  access: "anyone",
  summary: "Whether an address can be signed up on this server.",
  input: z.object({ address }),
  output: z.object({ status: z.enum(["available", "taken", "form", "reserved", "closed"]) }),
  errors: [],
});
