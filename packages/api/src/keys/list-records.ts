import * as z from "zod/mini";
import { procedure } from "../procedure.ts";
import { publishedRecord } from "../shapes.ts";
import { address, keyNumber, queryInteger } from "../wire.ts";

/** The published key records of an address, from a number on, at most 100 a page (spec/4.4). From the server's own tables only; any origin may read it. */
export const listRecords = procedure({
  method: "GET",
  path: "/keys/{address}",
  access: "anyone",
  anyOrigin: true,
  summary: "The published key records of an address.",
  input: z.object({ address, from: z.optional(queryInteger(1)) }),
  output: z.object({ address, records: z.array(publishedRecord), next: z.nullable(keyNumber) }),
  errors: ["no_such_user", "not_ready"],
});
