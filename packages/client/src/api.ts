/**
 * The contract as methods: what goes out is encoded, what comes back is looked at before anybody uses it.
 * @module spec/12.2
 */
import {
  ApiError,
  type Contract,
  type ErrorCode,
  type Input,
  type Output,
  type Procedure,
  contract,
  isErrorCode,
} from "@keypears/api";
import { type Bytes, toBase64url } from "@keypears/protocol";
import * as z from "zod/mini";
import { ClientError } from "./errors.ts";
import type { ApiAnswer, Clock, Transport } from "./ports.ts";

/** How long an answer may take, in milliseconds, before the server counts as unreachable. */
const PATIENCE = 30_000;
/** How long a reading call waits, when the server asks it to, before it gives up, in milliseconds. */
const MOST_WAIT = 15_000;
/** How often it does. */
const MOST_WAITS = 3;

/** What one call can be given. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** What a method only reads. */
type Given<T> = T extends string | number | boolean | null | undefined | Uint8Array
  ? T
  : { readonly [Member in keyof T]: Given<T[Member]> };

/** Every procedure of the contract as a method (spec/12.2): it rejects with an `ApiError` or a `ClientError`. */
export type Api = {
  readonly [Area in keyof Contract]: {
    readonly [Name in keyof Contract[Area]]: Contract[Area][Name] extends Procedure
      ? (
          input: Given<Input<Contract[Area][Name]>>,
          options?: CallOptions,
        ) => Promise<Output<Contract[Area][Name]>>
      : never;
  };
};

/** The session that calls are made in (spec/8.1): its token, or null where a cookie carries it. */
export interface CallSession {
  readonly token: Bytes | null;
}

/** What the API is reached by. */
export interface Caller<Session extends CallSession = CallSession> {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The session of this device; rejects with `not_logged_in` where there is none. */
  readonly session: () => Promise<Session>;
  /** The server said that this session has ended. */
  readonly onEnded: (session: Session) => Promise<void>;
}

/** The contract's methods over a transport (spec/12.2). */
export function createApi<Session extends CallSession>(caller: Caller<Session>): Api {
  const areas = Object.entries(contract).map(([area, procedures]) => [
    area,
    Object.fromEntries(
      Object.entries<Procedure>(procedures).map(([name, procedure]) => [
        name,
        (input: unknown, options: CallOptions = {}) => call(caller, procedure, input, options),
      ]),
    ),
  ]);
  return Object.fromEntries(areas) as Api;
}

async function call<Session extends CallSession>(
  caller: Caller<Session>,
  procedure: Procedure,
  input: unknown,
  { signal }: CallOptions,
): Promise<unknown> {
  const session = procedure.access === "session" ? await caller.session() : null;
  const encoded = z.encode(procedure.input, input) as Record<string, unknown>;
  const { path, body } = place(procedure, encoded);
  const request = {
    method: procedure.method,
    path: `/api/v1${path}`,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...authorization(session),
    },
    ...(body === undefined ? {} : { body }),
  };
  for (let waits = 0; ; waits++) {
    const answer = await within(caller.clock, PATIENCE, signal, (bounded) =>
      caller.transport.call({ ...request, signal: bounded }),
    );
    if (answer.status === 200) return decode(procedure, answer.body);
    const error = failureOf(answer);
    const wait = procedure.method === "GET" && waits < MOST_WAITS ? waitOf(error) : null;
    if (wait === null) throw await noteEnd(caller, session, error);
    await caller.clock.sleep(wait, signal);
  }
}

/** How long the server asks to wait, in milliseconds; null where it does not, or for longer than anybody would. */
export function waitOf(error: Error): number | null {
  if (!(error instanceof ApiError)) return null;
  if (error.code !== "busy" && error.code !== "rate_limited") return null;
  const wait = (error.retryAfter ?? 1) * 1000;
  return wait <= MOST_WAIT ? wait : null;
}

/** An honest client that is told its session has ended takes its keys off the device (spec/4.10). */
export async function noteEnd<Session extends CallSession>(
  caller: Pick<Caller<Session>, "onEnded">,
  session: Session | null,
  error: Error,
): Promise<Error> {
  if (session !== null && error instanceof ApiError && error.code === "unauthenticated") {
    await caller.onEnded(session);
  }
  return error;
}

/** The header that carries a session (spec/8.1); none where a cookie does. */
export function authorization(session: CallSession | null): Record<string, string> {
  if (session === null || session.token === null) return {};
  return { authorization: `Bearer ${toBase64url(session.token)}` };
}

/** Where the members of an encoded input stand (spec/12): those in braces in the path, the others in the query or the body. */
function place(
  procedure: Procedure,
  input: Record<string, unknown>,
): { path: string; body?: string } {
  const members = { ...input };
  const path = procedure.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(members[name]));
    delete members[name];
    return value;
  });
  if (procedure.method === "POST") return { path, body: JSON.stringify(members) };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return { path: query.size === 0 ? path : `${path}?${query}` };
}

/** What an answer says in the contract's form, or `bad_answer` with the member that is not of it. */
export function decode<P extends Procedure>(procedure: P, body: unknown): Output<P> {
  const decoded = z.safeDecode(procedure.output, body);
  if (decoded.success) return decoded.data as Output<P>;
  const [issue] = decoded.error.issues;
  throw new ClientError("bad_answer", { reason: issue?.path.map(String).join(".") || "form" });
}

const errorBody = z.object({
  code: z.string().check(z.maxLength(64)),
  reason: z.optional(z.string().check(z.maxLength(64))),
  retryAfter: z.optional(z.number().check(z.minimum(0), z.maximum(86_400))),
});

/** The error that an answer says (spec/12.1); a code that this version does not know counts by its status. */
export function failureOf({ status, body }: ApiAnswer): ApiError | ClientError {
  const said = errorBody.safeParse(body);
  const code = said.success && isErrorCode(said.data.code) ? said.data.code : byStatus(status);
  if (code === null) return new ClientError("bad_answer", { reason: `status ${status}` });
  const { reason, retryAfter } = said.success ? said.data : {};
  return new ApiError(code, {
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function byStatus(status: number): ErrorCode | null {
  if (status === 401) return "unauthenticated";
  if (status === 404) return "not_found";
  if (status === 413) return "too_large";
  if (status === 421) return "misdirected";
  if (status === 429) return "rate_limited";
  if (status === 502 || status === 503 || status === 504) return "busy";
  return status >= 500 ? "internal" : null;
}

/** Runs `work` with a signal that is aborted with the caller's, or with `unreachable` after so many milliseconds. */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const bounded = new AbortController();
  const done = new AbortController();
  const giveUp = (): void => bounded.abort(signal?.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  const late = clock.sleep(milliseconds, done.signal).then(
    () => bounded.abort(new ClientError("unreachable")),
    () => {},
  );
  // Raced as well, for a transport that does not hear the signal.
  const stopped = new Promise<never>((_, reject) => {
    bounded.signal.addEventListener("abort", () => reject(bounded.signal.reason), { once: true });
  });
  try {
    return await Promise.race([work(bounded.signal), stopped]);
  } finally {
    signal?.removeEventListener("abort", giveUp);
    done.abort();
    await late;
  }
}
