/**
 * Runs a module of this repository in Chromium, under the policy of the web app, and answers with what it reports.
 *
 * Nothing is bundled: a site on loopback serves the repository's sources with their types stripped and the names of packages replaced by
 * addresses. An import map would have to stand in the page, and the policy allows no inline script.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire, stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What of the repository the site serves. */
const SERVED = /^\/(?:packages\/\w+\/(?:src|build)|e2e|vectors|node_modules)\/[\w@./-]+$/;

const TYPES: Record<string, string> = {
  ".ts": "text/javascript; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** The part of the web app's policy (spec/8.3) that a page without looks needs. */
const STRICT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types keypears",
].join("; ");

export interface BrowserRun {
  /** What the module gave to `report`. */
  readonly result: unknown;
  /** What the policy refused, each as its directive, a colon and the address or kind that was refused. */
  readonly violations: readonly string[];
}

export interface BrowserOptions {
  readonly policy?: string;
  /** How long the module may take. */
  readonly milliseconds?: number;
  /** Files from elsewhere that the site serves too, each by its path there. */
  readonly files?: ReadonlyMap<string, URL>;
  /** Whether it has WebGPU, over an adapter that is software; without, it has none. */
  readonly softwareGpu?: boolean;
}

/** Where Chromium is on this machine; tests that need it fail without. */
export function chromiumPath(): string {
  const path = process.env["KEYPEARS_CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(path)) {
    throw new Error(`there is no Chromium at ${path}; install it, or set KEYPEARS_CHROMIUM`);
  }
  return path;
}

/**
 * Opens an empty page that loads `module`, a path from the repository's root such as `e2e/pow5.page.ts`, in a new Chromium with an empty profile.
 * Resolves when the module has called `report` (report.ts); rejects with what went wrong, in the module or on the way.
 */
export async function runInChromium(
  module: string,
  {
    policy = STRICT_POLICY,
    milliseconds = 60_000,
    files = new Map(),
    softwareGpu = false,
  }: BrowserOptions = {},
): Promise<BrowserRun> {
  const executablePath = chromiumPath();
  const outcome: Outcome = Promise.withResolvers();
  // Whoever awaits it comes later; until then a failure is not unhandled.
  outcome.promise.catch(() => undefined);
  const site = await startSite(module, policy, files, outcome);
  const profile = mkdtempSync(join(tmpdir(), "keypears-chromium-"));
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: [
        "--no-sandbox",
        softwareGpu ? "--enable-unsafe-webgpu" : "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    const timer = setTimeout(() => {
      outcome.reject(new Error(`${module} reported nothing for ${milliseconds} ms`));
    }, milliseconds);
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      page.on("pageerror", outcome.reject);
      page.on("crash", () => outcome.reject(new Error("the page crashed")));
      await page.goto(site.origin);
      return await outcome.promise;
    } finally {
      clearTimeout(timer);
      await context.close();
    }
  } finally {
    site.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

type Outcome = PromiseWithResolvers<BrowserRun>;

async function startSite(
  module: string,
  policy: string,
  files: ReadonlyMap<string, URL>,
  outcome: Outcome,
): Promise<{ origin: string; close(): void }> {
  const page = `<!doctype html><title>${module}</title><script type="module" src="/${module}"></script>`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = files.get(pathname);
    response.setHeader("content-security-policy", policy);
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("x-content-type-options", "nosniff");
    if (request.method === "POST" && pathname === "/report") {
      settle(outcome, await bodyOf(request));
      response.writeHead(204).end();
    } else if (pathname === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
    } else if (file !== undefined) {
      response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "text/plain" });
      response.end(readFileSync(file));
    } else if (SERVED.test(pathname) && existsSync(ROOT + pathname)) {
      response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "text/plain" });
      response.end(contentOf(ROOT + pathname.slice(1)));
    } else {
      response.writeHead(404).end();
    }
  }

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      outcome.reject(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function settle(outcome: Outcome, body: string): void {
  const { error, ...run } = JSON.parse(body) as BrowserRun & { error?: string };
  if (error === undefined) outcome.resolve(run);
  else outcome.reject(new Error(`in Chromium: ${error}`));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  return body;
}

function contentOf(path: string): string | Buffer {
  if (extname(path) === ".ts") {
    return withAddresses(stripTypeScriptTypes(readFileSync(path, "utf8")), path);
  }
  return extname(path) === ".js"
    ? withAddresses(readFileSync(path, "utf8"), path)
    : readFileSync(path);
}

/** The source with the names of packages that it imports replaced by their addresses on the site. */
function withAddresses(source: string, path: string): string {
  const { resolve } = createRequire(path);
  return source.replace(
    /(^(?:import|export|\})(?:[^;"']*?\bfrom)?\s*|\bimport\()(["'])(@?[a-z][\w@/.-]*)\2/gm,
    (_, before: string, quote: string, name: string) => {
      const address = relative(ROOT, resolve(name)).split(sep).join("/");
      return `${before}${quote}/${address}${quote}`;
    },
  );
}
