/** The way of the people's devices to their servers: by TLS on loopback, and not always there and back. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fetch } from "@keypears/client";
import type { Chance } from "@keypears/server/testing/network";

/** As the platform's `fetch`, for names that no machine knows: each at a port of loopback, with certificates by `ca`. */
export function loopbackFetch(ports: ReadonlyMap<string, number>, ca: string): Fetch {
  const agent = new Agent({ keepAlive: true });
  return async (url, { method = "GET", headers, body, signal }) => {
    signal?.throwIfAborted();
    const { hostname, pathname, search } = new URL(url);
    const port = ports.get(hostname);
    if (port === undefined) throw new TypeError(`nobody is at ${hostname}`);
    const outgoing = request({
      host: "127.0.0.1",
      port,
      ca,
      agent,
      method,
      servername: hostname,
      path: pathname + search,
      headers: { ...Object.fromEntries(new Headers(headers)), host: hostname },
      ...(signal ? { signal } : {}),
    });
    const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
    // What a broken connection says after the first error has to go somewhere, too.
    outgoing.on("error", () => {});
    outgoing.end(typeof body === "string" ? body : undefined);
    const [incoming] = await answered;
    incoming.on("error", () => {});
    const { statusCode: status = 0 } = incoming;
    const known = new Headers();
    for (const [name, values] of Object.entries(incoming.headersDistinct)) {
      for (const value of values ?? []) known.append(name, value);
    }
    const empty = status === 204 || status === 304;
    return new Response(empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>), {
      status,
      headers: known,
    });
  };
}

/** What becomes of a device's call to its own server, where it is disturbed. */
const fates = ["never arrives", "its answer is lost", "arrives twice", "arrives late"] as const;

export type DeviceFate = (typeof fates)[number];

/** How long an event stream lasts before it is cut, where it is, and how late a call is, in milliseconds. */
const STREAM = 20_000;
const LATE = 1_000;

/** Disturbs that part of the calls which `part` says at the time, and cuts that part of the event streams. */
export function disturbed(
  fetch: Fetch,
  options: {
    readonly chance: Chance;
    readonly part: () => number;
    readonly note: (fate: DeviceFate | "stream cut") => void;
  },
): Fetch {
  const { chance, part, note } = options;
  return async (url, init) => {
    if (!chance.happens(part())) return fetch(url, init);
    if (url.endsWith("/api/v1/events")) return cutting(await fetch(url, init), options);
    const fate = chance.pick(fates);
    note(fate);
    switch (fate) {
      case "never arrives":
        throw new TypeError("the connection was reset");
      case "its answer is lost":
        await (await fetch(url, init)).arrayBuffer();
        throw new TypeError("the connection was reset");
      case "arrives twice": {
        const [first, second] = await Promise.all([fetch(url, init), fetch(url, init)]);
        await first.arrayBuffer();
        return second;
      }
      case "arrives late":
        await sleep(chance.between(0, LATE));
        return fetch(url, init);
    }
  };
}

function cutting(
  response: Response,
  { chance, note }: Pick<Parameters<typeof disturbed>[1], "chance" | "note">,
): Response {
  if (response.body === null) return response;
  let timer: NodeJS.Timeout;
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      timer = setTimeout(
        () => {
          note("stream cut");
          controller.error(new TypeError("the connection was reset"));
        },
        chance.between(0, STREAM),
      );
    },
    flush() {
      clearTimeout(timer);
    },
  });
  const { status, headers } = response;
  return new Response(response.body.pipeThrough(cut), { status, headers });
}
