import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import {
  keySetWraps,
  newSession,
  publishedRecord,
  recordPointer,
  solution,
  transport,
} from "../shapes.ts";
import { address, bytes } from "../wire.ts";

/** Makes an account with its first key set in one transaction (spec/4.1, spec/7.4). A repeat with the hash of the account's own first record succeeds without a session. */
export const register = procedure({
  method: "POST",
  path: "/account/register",
  access: "anyone",
  summary: "Makes an account with its first key set.",
  input: z.object({
    address,
    kdfSuite: z.int().check(z.minimum(1)),
    loginKey: bytes(32),
    record: publishedRecord,
    wraps: keySetWraps,
    solution,
    transport,
  }),
  output: z.object({ session: z.nullable(newSession), activeKey: recordPointer }),
  errors: [
    "address_taken",
    "address_form",
    "address_reserved",
    "registration_closed",
    "record_refused",
    "unknown_suite",
    "work_refused",
    "work_spent",
    "work_in_progress",
    "new_challenge",
  ],
});
