import * as z from "zod/mini";
import { procedure } from "../procedure.ts";

/** Ends the session that asks (spec/8.1). */
export const logOut = procedure({
  method: "POST",
  path: "/account/logout",
  access: "session",
  summary: "Ends this session.",
  input: z.object({}),
  output: z.object({}),
  errors: [],
});
