import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { block } from "../shapes.ts";

/** The blocked addresses and domains (spec/7.6). */
export const listBlocks = procedure({
  method: "GET",
  path: "/messages/blocks",
  access: "session",
  summary: "The blocked addresses and domains.",
  input: z.object({}),
  output: z.object({ blocks: z.array(block) }),
  errors: [],
});
