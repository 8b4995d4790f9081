/** Calls of one server on another, by the contract (spec/9.2): what comes back is looked at before anybody uses it. */
import {
  ApiError,
  type Input,
  type Output,
  type PeerFault,
  type Procedure,
  errors,
  isErrorCode,
} from "@keypears/api";
import type { Domain } from "@keypears/protocol";
import * as z from "zod";
import type { Cause, OutboundAnswer } from "../net/outbound.ts";
import { parseJson } from "./discover-file.ts";
import type { Discovery } from "./discover.ts";

/** The largest answer of a peer, in bytes: a page of a hundred key records, or an envelope, with room to spare. */
const ANSWER_BYTES = 256 * 1024;

/** What came of a call: the peer's answer, its refusal, or what is wrong on the way to it. */
export type PeerAnswer<T> =
  | { readonly ok: true; readonly output: T }
  | { readonly ok: false; readonly kind: "refusal"; readonly error: ApiError }
  | {
      readonly ok: false;
      readonly kind: "fault";
      readonly fault: PeerFault;
      /** When it may be asked again, in milliseconds, where that is known. */
      readonly retryAfter?: number;
    };

/** Calls a procedure of whoever serves `domain`. Never throws for what a peer does. */
export async function callPeer<P extends Procedure>(
  { discovery }: { readonly discovery: Discovery },
  domain: Domain,
  procedure: P,
  input: Input<P>,
  options: { readonly cause: Cause; readonly again?: boolean },
): Promise<PeerAnswer<Output<P>>> {
  const found = await discovery.find(domain, options);
  if (!found.ok) return { ...found, kind: "fault" };
  const encoded = z.encode(procedure.input, input) as Record<string, unknown>;
  const answer = await discovery.outbound.send({
    host: found.peer.apiDomain,
    method: procedure.method,
    ...place(procedure, encoded),
    mostBytes: ANSWER_BYTES,
    cause: options.cause,
  });
  const read = readAnswer(procedure, answer);
  if (!read.ok && read.kind === "fault" && read.fault === "not_served") discovery.forget(domain);
  return read;
}

/**
 * The same for a signed-in user: gives what the peer answers, and throws what it refuses, or `domain_unreachable` with what
 * is wrong on the way.
 */
export async function askPeer<P extends Procedure>(
  { federation }: { readonly federation: { readonly discovery: Discovery } | null },
  domain: Domain,
  procedure: P,
  input: Input<P>,
): Promise<Output<P>> {
  if (federation === null) throw new ApiError("federation_unavailable");
  const answer = await callPeer(federation, domain, procedure, input, { cause: "user" });
  if (answer.ok) return answer.output;
  if (answer.kind === "refusal" && answer.error.code !== "not_found") throw answer.error;
  const fault = answer.kind === "fault" ? answer.fault : "bad_answer";
  throw new ApiError("domain_unreachable", { reason: fault });
}

/** Where the members of an input stand: those in braces in the path, the others in the query or the body. */
function place(
  procedure: Procedure,
  input: Record<string, unknown>,
): { path: string; body?: string } {
  const members = { ...input };
  const path = `/api/v1${procedure.path}`.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(members[name]));
    delete members[name];
    return value;
  });
  if (procedure.method === "POST") return { path, body: JSON.stringify(members) };
  const query = new URLSearchParams(
    Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
  return { path: query.size === 0 ? path : `${path}?${query}` };
}

const refusal = z.object({
  code: z.string().max(64),
  reason: z.string().max(64).optional(),
  retryAfter: z.number().min(0).max(86_400).optional(),
});

function readAnswer<P extends Procedure>(
  procedure: P,
  answer: OutboundAnswer,
): PeerAnswer<Output<P>> {
  if (!answer.ok) return { ...answer, kind: "fault" };
  const body = parseJson(answer.body);
  if (answer.status === 200) {
    const output = z.safeDecode(procedure.output, body);
    return output.success
      ? { ok: true, output: output.data as Output<P> }
      : { ok: false, kind: "fault", fault: "bad_answer" };
  }
  return judgeRefusal(procedure, answer.status, body);
}

/** What every procedure may answer is no word about this call, except that it has been asked the wrong way. */
function judgeRefusal(
  procedure: Procedure,
  status: number,
  body: unknown,
): Exclude<PeerAnswer<never>, { ok: true }> {
  const fault = (which: PeerFault, seconds?: number) =>
    ({
      ok: false,
      kind: "fault",
      fault: which,
      ...(seconds === undefined ? {} : { retryAfter: seconds * 1000 }),
    }) as const;
  const said = refusal.safeParse(body);
  if (status === 429 || status === 503) return fault("busy", said.data?.retryAfter);
  if (status === 421) return fault("not_served");
  if (!said.success || !isErrorCode(said.data.code)) {
    return fault(status >= 500 ? "server_error" : "bad_answer");
  }
  const { code, reason } = said.data;
  if (code === "domain_unreachable") return fault("asking_back");
  if (status >= 500) return fault("server_error");
  // A code that the procedure does not have, or under another status, is none of the protocol's answers.
  const lawful = procedure.errors.includes(code) || code === "not_found";
  if (!lawful || errors[code].status !== status) return fault("bad_answer");
  return {
    ok: false,
    kind: "refusal",
    error: new ApiError(code, reason === undefined ? {} : { reason }),
  };
}

/** A message to or from a domain has verified, which also shows that its server is there (spec/9.3). */
export async function noteVerified(
  { discovery }: { readonly discovery: Discovery },
  domain: Domain,
): Promise<void> {
  const found = await discovery.find(domain, { cause: "delivery" });
  if (!found.ok) return;
  discovery.outbound.noteContact(found.peer.apiDomain);
  discovery.outbound.noteVerified(found.peer.apiDomain);
}

/** A domain has shown itself to be there. */
export async function noteContact(
  { discovery }: { readonly discovery: Discovery },
  domain: Domain,
): Promise<void> {
  const found = await discovery.find(domain, { cause: "delivery" });
  if (found.ok) discovery.outbound.noteContact(found.peer.apiDomain);
}
