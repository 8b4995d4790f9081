import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { blockTarget } from "../wire.ts";

/** Blocks an address, or a domain with its subdomains: what they send is dropped silently (spec/7.6). */
export const block = procedure({
  method: "POST",
  path: "/messages/block",
  access: "session",
  summary: "Blocks an address or a domain.",
  input: z.object({ target: blockTarget }),
  output: z.object({}),
  errors: ["same_address"],
});
