/** A server: a function from a request to a response, over everything that a context holds. */
import { ApiError, type Procedure, contract, openapi, peerContract } from "@keypears/api";
import { WELL_KNOWN_PATH, domainOf, makeWellKnown, parseDomain } from "@keypears/protocol";
import { type Context as HonoContext, Hono } from "hono";
import type { Context } from "./context.ts";
import { answerEvents } from "./events/answer.ts";
import { answerCall, answerError } from "./http/call.ts";
import { secure } from "./http/headers.ts";
import { answerPage } from "./http/pages.ts";
import { authenticate, checkOrigin } from "./http/session.ts";
import type { WebApp } from "./http/web-app.ts";
import { handlers } from "./procedures/index.ts";

const API = "/api/v1";

/** Everything that is answered: what clients call, and what other servers do. */
const areas = { ...contract, ...peerContract };

/** What the listener knows of a request beside itself. */
export interface Arrival {
  /** The caller's network address, for limits only. */
  readonly source: string;
  /** Whether the server itself is the caller, by its echo account: nothing that comes by the network is. */
  readonly isOwn?: true;
}

interface Env {
  Bindings: Arrival;
}

/** Makes a server. It can be called without a port, as tests do. Without a web app it has a front page of its own. */
export function createServer(
  context: Context,
  webApp: WebApp | null = null,
): (request: Request, arrival: Arrival) => Promise<Response> {
  const app = new Hono<Env>({ strict: true });
  addProcedures(app, context);
  const events = `${API}/events`;
  const reference = `${API}/openapi.json`;
  app.get(events, async (c) => {
    const { raw } = c.req;
    context.limits.take("call", c.env.source);
    checkOrigin(context, raw);
    const session = await authenticate(context, raw);
    if (session === null) throw new ApiError("unauthenticated");
    return answerEvents(context, session, raw.headers.get("last-event-id"));
  });
  app.get(reference, (c) => c.json(openapi(context.config.title)));
  for (const path of [events, reference, "/health", WELL_KNOWN_PATH]) {
    app.on(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"], path, () => answerOtherMethod(["GET"]));
  }
  app.all("/api/*", () => answerError(new ApiError("not_found")));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get(WELL_KNOWN_PATH, (c) => answerWellKnown(context, c.req.header("host") ?? ""));
  app.get("*", (c) => {
    const { pathname } = new URL(c.req.url);
    return webApp === null || pathname.startsWith("/.well-known/")
      ? answerPage(context, pathname)
      : webApp(pathname, c.req.header("accept-encoding") ?? "");
  });
  app.notFound(() => answerError(new ApiError("not_found")));
  app.onError((error) => answerFailure(context, error));
  return async (request, arrival) => {
    const started = performance.now();
    const response = await app.fetch(request, arrival);
    secure(response.headers, context.origin());
    const { status } = response;
    context.log.info(
      {
        method: request.method,
        path: pathPattern(request),
        status,
        ms: Math.round(performance.now() - started),
      },
      "request",
    );
    return response;
  };
}

/** What the listener answers where a request is too odd to be one, such as one for no host. */
export function answerUnreadable(context: Context, error: ApiError): Response {
  const answer = answerError(error);
  secure(answer.headers, context.origin());
  return answer;
}

function answerFailure({ log }: Context, error: unknown): Response {
  if (error instanceof ApiError) return answerError(error);
  log.error({ err: error }, "a request failed");
  return answerError(new ApiError("internal"));
}

function addProcedures(app: Hono<Env>, context: Context): void {
  const methods = new Map<string, string[]>();
  for (const [area, procedures] of Object.entries(areas)) {
    for (const [name, procedure] of Object.entries(procedures as Record<string, Procedure>)) {
      const handler = (handlers as Record<string, Record<string, unknown>>)[area]?.[name];
      const path = API + procedure.path.replace(/\{(\w+)\}/g, ":$1");
      methods.set(path, [...(methods.get(path) ?? []), procedure.method]);
      app.on(procedure.method, path, (c: HonoContext<Env>) =>
        answerCall(context, procedure, handler as Parameters<typeof answerCall>[2], c.req.raw, {
          source: c.env.source,
          isOwn: c.env.isOwn === true,
          path: c.req.param(),
        })
          .catch((error: unknown) => answerFailure(context, error))
          .then((response) => (procedure.anyOrigin === true ? open(response) : response)),
      );
    }
  }
  for (const [path, allowed] of methods) {
    app.all(path, () => answerOtherMethod(allowed));
  }
}

function answerOtherMethod(allowed: readonly string[]): Response {
  const answer = answerError(new ApiError("method_not_allowed"));
  answer.headers.set("Allow", allowed.join(", "));
  return answer;
}

/** Has browsers hand an answer to any page that asks. */
function open(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  return response;
}

/**
 * The file by which a domain says who serves it (spec/9.1). Whoever asks for our own one here was led here by the domain: so it
 * is served whether or not we act for the domain now. Else a server that was off for a day would wait for its own file.
 */
function answerWellKnown({ actsFor, config }: Context, host: string): Response {
  const domain = parseDomain(host.replace(/:[0-9]+$/, ""));
  const { apiDomain, admin } = config;
  const isOurs = domain === config.domain || domain === apiDomain;
  if (!isOurs) return answerError(new ApiError("not_found"));
  const file = makeWellKnown({
    apiDomain,
    admin: admin && actsFor(domainOf(admin)) ? admin : null,
  });
  return open(Response.json(file));
}

const patterns = Object.values(areas)
  .flatMap((procedures) => Object.values(procedures as Record<string, Procedure>))
  .map(({ path }) => ({
    name: API + path,
    form: new RegExp(`^${API}${path.replace(/\{\w+\}/g, "[^/]+")}$`),
  }));

/** A path without what stands for people: the log names no address. */
function pathPattern(request: Request): string {
  const { pathname } = new URL(request.url);
  if (/^\/(health|api\/v1\/events|api\/v1\/openapi\.json)?$/.test(pathname)) return pathname;
  if (!pathname.startsWith(`${API}/`)) return "page";
  return patterns.find(({ form }) => form.test(pathname))?.name ?? `${API}/…`;
}
