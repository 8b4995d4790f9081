import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { recordPointer } from "../shapes.ts";
import { address, id } from "../wire.ts";

/** The account of the session (spec/8.1). */
export const whoAmI = procedure({
  method: "GET",
  path: "/account/whoami",
  access: "session",
  summary: "The account of this session.",
  input: z.object({}),
  output: z.object({
    address,
    activeKey: recordPointer,
    sessionId: id,
    passwordGeneration: z.int().check(z.minimum(1)),
  }),
  errors: [],
});
