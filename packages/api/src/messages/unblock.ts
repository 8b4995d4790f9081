import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { blockTarget } from "../wire.ts";

/** Takes a block away; what was dropped meanwhile stays dropped (spec/7.6). */
export const unblock = procedure({
  method: "POST",
  path: "/messages/unblock",
  access: "session",
  summary: "Takes a block away.",
  input: z.object({ target: blockTarget }),
  output: z.object({}),
  errors: [],
});
