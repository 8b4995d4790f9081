/** What a procedure's handler is: who calls, what it may use, what it gives back (spec/12.2). */
import type { Contract, Input, Output, PeerContract, Procedure } from "@keypears/api";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";

/** Who calls, beside what they say. */
export interface Call<S extends Session | null = Session | null> {
  /** The caller's network address, as far as it can be known: for limits, never stored or logged. */
  readonly source: string;
  /** Whether the server itself is the caller, by its echo account. */
  readonly isOwn: boolean;
  readonly userAgent: string;
  readonly session: S;
  /** Has the answer set the session cookie, or with null take it away (spec/8.1). */
  setCookie(token: Uint8Array | null): void;
}

/** The handler of a procedure; it throws ApiError with one of the procedure's codes. */
export type Handler<P extends Procedure> = (
  context: Context,
  call: Call<P["access"] extends "anyone" ? Session | null : Session>,
  input: Input<P>,
) => Promise<Output<P>>;

/** Everything that a server answers: what clients call, and what other servers do. */
type Whole = Contract & PeerContract;

/** A handler for every procedure of both contracts: the compiler asks for each. */
export type Handlers = {
  readonly [Area in keyof Whole]: {
    readonly [Name in keyof Whole[Area]]: Whole[Area][Name] extends Procedure
      ? Handler<Whole[Area][Name]>
      : never;
  };
};
