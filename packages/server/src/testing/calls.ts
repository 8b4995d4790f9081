/** For tests: calls as a client makes them, and people who sign up and log in over the wire. */
import { type ErrorBody, type Input, type Output, type Procedure, contract } from "@keypears/api";
import {
  type Address,
  type Bytes,
  type Challenge,
  type Id,
  type NewKeySet,
  type Purpose,
  type Solution,
  WRAP_BYTES,
  generateKeySet,
  makeId,
  sha256,
  signRecord,
  toBase64url,
} from "@keypears/protocol";
import * as z from "zod";
import { createServer } from "../server.ts";
import { insertSession } from "../store/sessions.ts";
import { type Person, type TestServer, random, solve } from "./people.ts";
import { address } from "./values.ts";

/** What answers requests: a node of a network, or a test's server. */
export interface Reachable {
  fetch(request: string | Request, init?: RequestInit): Promise<Response>;
}

/** A test's server, called without a port. */
export function reach({ context }: TestServer, source = "192.0.2.1"): Reachable {
  const answer = createServer(context);
  return {
    fetch: (request, init) => {
      const url = typeof request === "string" ? new URL(request, context.origin()) : request;
      return answer(new Request(url, init), { source });
    },
  };
}

/** What came back: `output` of a success, `error` of anything else. */
export interface Answer<P extends Procedure> {
  readonly status: number;
  readonly headers: Headers;
  readonly output: Output<P> | null;
  readonly error: ErrorBody | null;
}

/** The request of a call whose input stands as it does on the wire. */
export function requestFor(
  { method, path }: Procedure,
  wire: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): [path: string, init: RequestInit] {
  if (method === "POST") {
    const body = JSON.stringify(wire);
    return [
      `/api/v1${path}`,
      { method, body, headers: { "Content-Type": "application/json", ...headers } },
    ];
  }
  const query = new URLSearchParams();
  let filled: string = path;
  for (const [name, value] of Object.entries(wire)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const inPath = filled.replace(`{${name}}`, () => encodeURIComponent(text.toWellFormed()));
    if (inPath === filled) query.set(name, text);
    filled = inPath;
  }
  return [`/api/v1${filled}?${query}`, { headers }];
}

/** Calls a procedure, with a session's token where there is one. */
export async function call<P extends Procedure>(
  server: Reachable,
  procedure: P,
  input: Input<P>,
  token: Bytes | null = null,
): Promise<Answer<P>> {
  const wire = z.encode(procedure.input, input) as Readonly<Record<string, unknown>>;
  const headers = token === null ? {} : bearer(token);
  return answerOf(procedure, await server.fetch(...requestFor(procedure, wire, headers)));
}

/** What an answer says. */
async function answerOf<P extends Procedure>(procedure: P, response: Response): Promise<Answer<P>> {
  const { status, headers } = response;
  const json: unknown = await response.json();
  return status === 200
    ? {
        status,
        headers,
        output: z.decode(procedure.output, json) as Output<P>,
        error: null,
      }
    : { status, headers, output: null, error: json as ErrorBody };
}

export function bearer(token: Bytes): { Authorization: string } {
  return { Authorization: `Bearer ${toBase64url(token)}` };
}

/** A session for somebody who has an account, as if just made. */
export async function sessionOf(
  { context, clock }: TestServer,
  { session }: Person,
): Promise<{ id: Id; token: Bytes }> {
  const token = random(32);
  const id = makeId(clock.time, random(10));
  const tokenHash = await sha256(token);
  const { accountId } = session;
  await context.store.transaction((tx) =>
    insertSession(tx, { id, tokenHash, accountId, device: "test", now: clock.time }),
  );
  return { id, token };
}

type Registration = Input<typeof contract.account.register>;

/** Somebody who has made keys and a password, and has no account yet. */
export interface Newcomer {
  readonly address: Address;
  readonly loginKey: Bytes;
  readonly keySet: NewKeySet;
  /** What they sign up with, but for the work. */
  readonly form: Omit<Registration, "solution">;
}

export async function newcomer(name: string, now = Date.now()): Promise<Newcomer> {
  const keySet = await generateKeySet(random);
  const record = await signRecord({
    keySet,
    address: address(name),
    number: 1,
    reason: "initial",
    createdAt: now,
    previous: null,
  });
  const loginKey = random(32);
  const wraps = {
    agreement: random(WRAP_BYTES.agreement),
    signing: random(WRAP_BYTES.signing),
    vaultSeed: random(WRAP_BYTES["vault-seed"]),
  } as unknown as Registration["wraps"];
  const form: Newcomer["form"] = {
    address: address(name),
    kdfSuite: 1,
    loginKey,
    record,
    wraps,
    transport: "bearer",
  };
  return { address: address(name), loginKey, keySet, form };
}

/** A challenge as anybody may ask for one. */
export async function challenge(
  server: Reachable,
  purpose: Extract<Purpose, "register" | "login" | "step-up">,
  about: Address,
): Promise<Challenge> {
  const procedure = contract.account.requestChallenge;
  const { output, error } = await call(server, procedure, { purpose, address: about });
  if (output === null) throw new Error(`no challenge: ${error?.code}`);
  return output.challenge;
}

/** A solved challenge. */
export async function work(
  server: Reachable,
  ...about: Parameters<typeof challenge> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Solution & { readonly nonces: Bytes[] }> {
  return solve(await challenge(server, ...about));
}

/** Signs somebody up. */
export async function signUp(
  server: Reachable,
  { address: about, form }: Newcomer,
): Promise<Answer<typeof contract.account.register>> {
  const solution = await work(server, "register", about);
  return call(server, contract.account.register, { ...form, solution });
}

/** Logs somebody in. */
export async function logIn(
  server: Reachable,
  { address: about, loginKey }: Pick<Newcomer, "address" | "loginKey">,
): Promise<Answer<typeof contract.account.logIn>> {
  const solution = await work(server, "login", about);
  const input = { address: about, loginKey, solution, transport: "bearer" as const };
  return call(server, contract.account.logIn, input);
}
