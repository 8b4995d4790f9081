/**
 * For tests: the door of a server whose network is this process. A request goes to whoever is at the host's name, and what
 * comes back is bounded as at the real door.
 */
import { type Bytes, type Domain, concat } from "@keypears/protocol";
import type { Outbound, OutboundAnswer, OutboundRequest } from "../net/outbound.ts";

/** Whoever is at a name. Rejects where nobody listens, or where the connection breaks. */
export type Listener = (request: Request, source: string) => Promise<Response>;

/** How long a request may take, in milliseconds (spec/9.3). */
const PATIENCE = 5_000;

/** A door that asks whoever `find` gives, from the address `source`; a name of nobody's is none that resolves. */
export function openSwitchboard(options: {
  readonly source: string;
  readonly find: (host: Domain) => Listener | undefined;
}): Outbound {
  return {
    send: async (request) => {
      const listener = options.find(request.host);
      if (listener === undefined) return { ok: false, fault: "dns" };
      const stop = new AbortController();
      const late = new Promise<OutboundAnswer>((resolve) => {
        const timer = setTimeout(() => resolve({ ok: false, fault: "timeout" }), PATIENCE);
        stop.signal.addEventListener("abort", () => clearTimeout(timer));
      });
      try {
        return await Promise.race([ask(listener, request, options.source, stop.signal), late]);
      } finally {
        stop.abort();
      }
    },
    noteVerified: () => {},
    noteContact: () => {},
    close: async () => {},
  };
}

async function ask(
  listener: Listener,
  { host, method, path, body, mostBytes }: OutboundRequest,
  source: string,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const headers = body === undefined ? {} : { "content-type": "application/json" };
  const init = { method, headers: { host, ...headers }, ...(body === undefined ? {} : { body }) };
  try {
    const response = await listener(new Request(`https://${host}${path}`, init), source);
    const isRedirect = response.status >= 300 && response.status < 400;
    const read = isRedirect ? null : await readBody(response, mostBytes, signal);
    if (read === null) return { ok: false, fault: "bad_answer" };
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      ok: true,
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
      body: read,
    };
  } catch (error) {
    // However a listener says that it is not there: a refused or broken connection.
    if (error instanceof Error) return { ok: false, fault: "connect" };
    throw error;
  }
}

/** The whole body; null where it is longer than `most` bytes. Whatever comes, no more than that is kept. */
async function readBody(
  { body }: Response,
  most: number,
  signal: AbortSignal,
): Promise<Bytes | null> {
  const reader = body?.getReader();
  if (reader === undefined) return new Uint8Array(0);
  // What was broken before it was cancelled is no news to anybody any more.
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(...parts);
    length += value.length;
    if (length > most) return null;
    parts.push(value);
  }
}
