/**
 * The network by `fetch`, which is given: one call, one event stream, both bounded.
 * @module spec/12
 */
import { ClientError } from "./errors.ts";
import { readEventStream } from "./event-stream.ts";
import type { ApiAnswer, ApiRequest, OpenedEvents, Transport } from "./ports.ts";

/** What of `fetch` is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The largest answer, in bytes: a page of 100 messages of 96 KiB, and room. */
const MOST_BYTES = 16 << 20;

/**
 * A transport to the server at `origin` (`https://kp.acme.com`, spec/12) by the platform's `fetch`. It follows no redirect,
 * keeps no answer, and sends cookies to that server alone. `TypeError` for an origin that is no URL.
 */
export function fetchTransport(origin: string, fetch: Fetch): Transport {
  const base = new URL(origin).origin;
  const ask = async ({ method, path, headers, body, signal }: ApiRequest): Promise<Response> =>
    guarded(signal, () =>
      fetch.call(undefined, base + path, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
        redirect: "error",
        cache: "no-store",
        credentials: "same-origin",
        referrerPolicy: "no-referrer",
      }),
    );

  return {
    async call(request): Promise<ApiAnswer> {
      return readAnswer(await ask(request), request.signal);
    },
    async openEvents(request): Promise<OpenedEvents> {
      const headers = { ...request.headers, accept: "text/event-stream" };
      const response = await ask({ ...request, headers });
      const type = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !type.startsWith("text/event-stream")) {
        return { ok: false, answer: await readAnswer(response, request.signal) };
      }
      return { ok: true, events: readEventStream(chunksOf(response, request.signal)) };
    },
  };
}

async function readAnswer(response: Response, signal: AbortSignal | undefined): Promise<ApiAnswer> {
  const decoder = new TextDecoder();
  let length = 0;
  let text = "";
  for await (const chunk of chunksOf(response, signal)) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new ClientError("bad_answer", { reason: "size" });
    text += decoder.decode(chunk, { stream: true });
  }
  return { status: response.status, body: parseJson(text + decoder.decode()) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** By a reader, not by iteration: some browsers cannot iterate over a body. */
async function* chunksOf(
  response: Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await guarded(signal, () => reader.read());
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    // Left early: the connection is not needed any more. That it may be broken already is no news.
    if (!ended) await reader.cancel().catch(() => {});
  }
}

/** A failure of the network by its name; one that the caller asked for by the caller's reason. */
async function guarded<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new ClientError("unreachable", { cause });
  }
}
