/** The web app's files, as its build left them: hashed ones for ever, the page itself never from a cache (spec/8.3). */
import { readFileSync, readdirSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { extname, join, relative, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** By what comes first: the smallest. */
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/** A name that changes with the content: at least 8 characters of hash before the ending. */
const hashed = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

/** What answers a GET with a file of the app, or with the app's page: it finds its way from the address by itself. */
export type WebApp = (path: string, accepted: string) => Promise<Response>;

/** What the page knows of its server without asking it. */
export interface PageFacts {
  /** The domain of the addresses that this server gives. */
  readonly domain: string;
  /** What this server is called. */
  readonly title: string;
}

/** The page with the facts in its `meta` elements of those names: there is no script in it that could hold them (spec/8.3). */
function tellPage(page: string, facts: PageFacts): string {
  return Object.entries(facts).reduce(
    (text, [name, value]: [string, string]) =>
      text.replace(
        new RegExp(`(<meta name="keypears-${name}" content=")[^"]*`),
        (_, start: string) => start + value.replaceAll("&", "&amp;").replaceAll('"', "&quot;"),
      ),
    page,
  );
}

/**
 * Reads the folder of a build, once, so that a page and what it asks for belong together even where a newer build takes their place while the server
 * runs; null where there is no build.
 */
export function openWebApp(folder: string, facts: PageFacts): WebApp | null {
  const files = new Map<string, Buffer<ArrayBuffer>>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(`/${relative(folder, path).split(sep).join("/")}`, readFileSync(path));
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  const page = files.get("/index.html");
  if (page === undefined) return null;
  const told = Buffer.from(tellPage(page.toString("utf8"), facts));
  files.set("/index.html", told);
  for (const [name, ending] of encodings) {
    const encode = name === "br" ? brotliCompressSync : gzipSync;
    if (files.has(`/index.html${ending}`)) files.set(`/index.html${ending}`, encode(told));
  }
  return async (path, accepted) => {
    const wanted = files.has(path) && extname(path) in types ? path : null;
    // A missing file must not come back as a page: a stale script would be run as one.
    if (wanted === null && path.startsWith("/assets/")) return new Response(null, { status: 404 });
    const file = wanted ?? "/index.html";
    const encoding = encodings.find(
      ([name, ending]) => accepts(accepted, name) && files.has(file + ending),
    );
    return new Response(files.get(file + (encoding?.[1] ?? "")) ?? null, {
      headers: {
        "Content-Type": types[extname(file)] ?? "application/octet-stream",
        "Cache-Control": hashed.test(file) ? "public, max-age=31536000, immutable" : "no-store",
        Vary: "Accept-Encoding",
        ...(encoding === undefined ? {} : { "Content-Encoding": encoding[0] }),
      },
    });
  };
}

function accepts(header: string, encoding: string): boolean {
  return header.split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    return name === encoding && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
}
