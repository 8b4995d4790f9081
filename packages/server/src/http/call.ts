/** One call of the API: who asks, what they say, the handler's answer or its error (spec/12). */
import { ApiError, type Procedure } from "@keypears/api";
import * as z from "zod";
import type { Context } from "../context.ts";
import type { Call } from "../procedures/handler.ts";
import type { Session } from "../session.ts";
import { readJson } from "./body.ts";
import { authenticate, checkOrigin, cookieHeader } from "./session.ts";

type AnyHandler = (context: Context, call: Call, input: unknown) => Promise<unknown>;

/** What is known of a request beside itself. */
export interface Arrival {
  /** The caller's network address. */
  readonly source: string;
  /** Whether the server itself is the caller. */
  readonly isOwn: boolean;
  /** Members that the router took from the path. */
  readonly path: Readonly<Record<string, string>>;
}

/** Answers a call of one procedure. Throws ApiError for what is refused. */
export async function answerCall(
  context: Context,
  procedure: Procedure,
  handler: AnyHandler,
  request: Request,
  { source, isOwn, path }: Arrival,
): Promise<Response> {
  context.limits.take("call", source);
  // What any page may read is read without a session, so that there is nothing that another page could misuse.
  if (procedure.anyOrigin !== true) checkOrigin(context, request);
  const session = procedure.anyOrigin === true ? null : await authenticate(context, request);
  if (procedure.access === "session" && session === null) throw new ApiError("unauthenticated");
  const given =
    procedure.method === "GET"
      ? { ...Object.fromEntries(new URL(request.url).searchParams), ...path }
      : await readJson(request);
  const input = z.safeDecode(procedure.input, given);
  if (!input.success) throw new ApiError("invalid_input", { reason: faultOf(input.error) });
  const headers = new Headers();
  const call: Call<Session | null> = {
    source,
    isOwn,
    userAgent: request.headers.get("user-agent") ?? "",
    session,
    setCookie: (token) => headers.append("Set-Cookie", cookieHeader(context, token)),
  };
  const output = await handler(context, call, input.data);
  return Response.json(z.encode(procedure.output, output), { headers });
}

/** Where the input is at fault and what was expected there: the caller's own words are not repeated. */
function faultOf(error: z.core.$ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.map(String).join(".") || "body";
  return `${where}: ${issue?.code === "custom" ? issue.message : (issue?.code ?? "invalid")}`;
}

/** An error of the API as an answer. */
export function answerError(error: ApiError): Response {
  const headers = new Headers();
  if (error.retryAfter !== undefined) headers.set("Retry-After", String(error.retryAfter));
  return Response.json(error.toBody(), { status: error.status, headers });
}
