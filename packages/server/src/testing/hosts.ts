/** For tests: hosts of a network that are none of our servers: a web host with a keypears.json, or a hostile one. */
import { once } from "node:events";
import { type ServerOptions, createServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { type Domain, WELL_KNOWN_PATH, makeWellKnown } from "@keypears/protocol";
import type { Flaw } from "./certificates.ts";

/** Whoever answers at some names whatever it likes. */
export interface Host {
  readonly names: readonly string[];
  /** What its certificate is for, such as `*.evil.test`; else for each of its names. */
  readonly certified?: readonly string[];
  /** What is wrong with its certificate. */
  readonly flaw?: Flaw;
  readonly answer: (request: Request) => Response | Promise<Response>;
}

/** A web host that serves the keypears.json of a domain and nothing else. */
export function fileHost(domain: string, apiDomain: string): Host {
  const file = makeWellKnown({ apiDomain: apiDomain as Domain });
  return {
    names: [domain],
    answer: (request) =>
      new URL(request.url).pathname === WELL_KNOWN_PATH
        ? Response.json(file)
        : new Response("<h1>Not found</h1>", { status: 404 }),
  };
}

/** Lets a host answer by TLS on a port of loopback; gives how to end that. */
export async function listenAsHost(
  { answer }: Host,
  port: number,
  tls: Pick<ServerOptions, "cert" | "key">,
): Promise<() => Promise<void>> {
  const listener = getRequestListener(async (request) => answer(request), {
    overrideGlobalObjects: false,
  });
  const server = createServer(tls, (incoming, outgoing) => void listener(incoming, outgoing));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return async () => {
    const closed = once(server.close(), "close");
    server.closeAllConnections();
    await closed;
  };
}
