/**
 * What a procedure of the API is: a method, a path, who may call it, schemas for what goes in and out, and the errors it may answer with.
 * @module spec/12.2
 */
import type * as z from "zod/mini";
import type { ErrorCode } from "./errors.ts";

/** Who may call: `anyone`, or the holder of a `session` (spec/8.1). */
export type Access = "anyone" | "session";

/** A procedure's contract (spec/12.2). Input is the path's and query's members for GET, the JSON body for POST. */
export interface Procedure<
  In extends z.ZodMiniType = z.ZodMiniType,
  Out extends z.ZodMiniType = z.ZodMiniType,
  Codes extends ErrorCode = ErrorCode,
> {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`; a member in braces is taken from the path. */
  readonly path: `/${string}`;
  readonly access: Access;
  /** Whether pages of any origin may read the answer: nothing in it depends on who asks. */
  readonly anyOrigin?: true;
  /** One sentence for the API reference. */
  readonly summary: string;
  readonly input: In;
  readonly output: Out;
  /** Beside those that every procedure may answer with (`everyProcedure` in errors.ts). */
  readonly errors: readonly Codes[];
}

/** Declares a procedure (spec/12.2). */
export function procedure<
  In extends z.ZodMiniType,
  Out extends z.ZodMiniType,
  const Codes extends ErrorCode,
>(definition: Procedure<In, Out, Codes>): Procedure<In, Out, Codes> {
  return definition;
}

/** What a procedure's caller gives and its handler gets. */
export type Input<P extends Procedure> = z.output<P["input"]>;
/** What a procedure's handler gives and its caller gets. */
export type Output<P extends Procedure> = z.output<P["output"]>;
