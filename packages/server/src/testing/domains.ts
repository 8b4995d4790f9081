/** For tests: one listener over real TLS that stands for many domains, and the door that leads to them. */
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type SecureContext, createSecureContext } from "node:tls";
import type { Domain } from "@keypears/protocol";
import { type Outbound, createOutbound } from "../net/outbound.ts";
import { makeAuthority } from "./certificates.ts";

/** What a domain answers under a path. */
export interface DomainAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text as it is, anything else as JSON. */
  readonly body?: unknown;
}

export interface Domains {
  readonly outbound: Outbound;
  /** All requests so far, such as `acme.com /.well-known/keypears.json`. */
  readonly requests: string[];
  /** What is answered to such a request from now on; what is not said is 404. */
  answer(request: string, answer: DomainAnswer): void;
}

/** Starts a listener for these domains, which ends with the test. */
export async function startDomains(
  t: TestContext,
  domains: readonly string[],
  { limits = false } = {},
): Promise<Domains> {
  const authority = makeAuthority();
  const contexts = new Map<string, SecureContext>();
  const contextOf = (name: string): SecureContext => {
    const context = contexts.get(name) ?? createSecureContext(authority.certify(name));
    contexts.set(name, context);
    return context;
  };
  const requests: string[] = [];
  const answers = new Map<string, DomainAnswer>();
  const server = createServer(
    { SNICallback: (name, give) => give(null, contextOf(name)) },
    ({ headers, url }, response) => {
      const request = `${headers.host} ${url}`;
      requests.push(request);
      const {
        status = 200,
        type = "application/json",
        headers: more = {},
        body = "",
      } = answers.get(request) ?? { status: 404 };
      response.writeHead(status, { "content-type": type, ...more });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const outbound = createOutbound({
    reach: {
      kind: "hosts",
      hosts: new Map(domains.map((name) => [name as Domain, { host: "127.0.0.1", port }])),
      ca: authority.certificate,
    },
    limits,
    now: Date.now,
  });
  if (outbound === null) throw new Error("a map of hosts has no door");
  t.after(async () => {
    await outbound.close();
    server.closeAllConnections();
    server.close();
  });
  return { outbound, requests, answer: (request, answer) => void answers.set(request, answer) };
}
