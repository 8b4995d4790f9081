/** What is no API, where the web app has not been built: a front page. Static, without a script. */
import { readFileSync } from "node:fs";
import type { Context } from "../context.ts";

const STYLE_PATH = "/assets/front-page.css";
const style = readFileSync(new URL("front-page.css", import.meta.url));

/** Answers a GET of a page. */
export function answerPage({ config, federation, origin }: Context, path: string): Response {
  if (path === STYLE_PATH) {
    return new Response(style, { headers: { "Content-Type": "text/css; charset=utf-8" } });
  }
  const found = path === "/";
  const { title, domain } = config;
  const body = found
    ? frontPage({ title, domain, origin: origin(), isLocal: federation === null })
    : missingPage(title);
  return new Response(body, {
    status: found ? 200 : 404,
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
}

function frontPage(server: {
  readonly title: string;
  readonly domain: string;
  readonly origin: string;
  /** Whether it reaches no other domain. */
  readonly isLocal: boolean;
}): string {
  const { title, domain, origin, isLocal } = server;
  const option =
    domain === "localhost" && origin === "http://localhost:3000" ? "" : ` --server ${origin}`;
  const friend = isLocal ? `friend@${domain}` : "friend@example.com";
  const reach = isLocal ? "This is a local server: it reaches no other domain. " : "";
  return page(
    title,
    `<p class="lead">This server keeps messages for the addresses of <code>@${escape(domain)}</code>, encrypted by their
writers for their readers. It cannot read them, and neither can whoever runs it.</p>
<h2>Write from the command line</h2>
<ol>
<li>Make an address. Your password never leaves your machine, and nobody can reset it.
<pre><code>npx keypears signup you@${escape(domain)}${escape(option)}</code></pre></li>
<li>Write to somebody. A stranger's first message costs some work, and waits until they accept.
<pre><code>npx keypears send ${escape(friend)} "Hello"</code></pre></li>
<li>See who wants to write to you, and read along as new messages come.
<pre><code>npx keypears requests
npx keypears accept ${escape(friend)}
npx keypears read ${escape(friend)} --follow</code></pre></li>
</ol>
<p><code>npx keypears help</code> lists the rest. Run it where you cloned the project, after <code>npm start</code> or
<code>npm ci</code>.</p>
<h2>What it does not do</h2>
<p>The web app has not been built here: <code>npm run build</code> does it, and the server then has to be started again.
${reach}Not in version 1 at all: forward secrecy, deniability, hiding who writes to whom.</p>
<p class="quiet">The API describes itself at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>`,
  );
}

function missingPage(title: string): string {
  return page(
    title,
    `<p class="lead">There is nothing here.</p><p><a href="/">To the front page</a></p>`,
  );
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
