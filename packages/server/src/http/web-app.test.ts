import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { type WebApp, openWebApp } from "./web-app.ts";

const facts = { domain: "acme.test", title: 'Pears & "Co"' };

function build(t: TestContext): WebApp {
  return open(buildFolder(t));
}

function open(folder: string): WebApp {
  const app = openWebApp(folder, facts);
  assert.ok(app);
  return app;
}

function buildFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-web-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "assets"));
  for (const [name, content] of [
    ["index.html", "<!doctype html>"],
    ["favicon.svg", "<svg/>"],
    ["assets/app-a1B2c3D4.js", "plain"],
    ["assets/app-a1B2c3D4.js.br", "brotli"],
    ["assets/app-a1B2c3D4.js.gz", "gzip"],
    [".stamp", "secret"],
  ] as const) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

test("hashed files are kept for ever, in the best encoding that the browser takes", async (t) => {
  const app = build(t);
  for (const [accepted, encoding, text] of [
    ["gzip, deflate, br", "br", "brotli"],
    ["gzip", "gzip", "gzip"],
    ["br;q=0, gzip", "gzip", "gzip"],
    ["", null, "plain"],
  ] as const) {
    const answer = await app("/assets/app-a1B2c3D4.js", accepted);
    assert.equal(answer.headers.get("content-encoding"), encoding);
    assert.equal(await answer.text(), text);
    assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8");
    assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
  }
});

test("every other path is the app's page, which no cache keeps", async (t) => {
  const app = build(t);
  for (const path of ["/", "/login", "/c/alice@acme.com", "/../secret", "/.stamp", "/index.html"]) {
    const answer = await app(path, "");
    assert.equal(await answer.text(), "<!doctype html>", path);
    assert.equal(answer.headers.get("cache-control"), "no-store");
  }
  const icon = await app("/favicon.svg", "");
  assert.equal(icon.headers.get("content-type"), "image/svg+xml");
  assert.equal(icon.headers.get("cache-control"), "no-store");
});

test("a missing asset is missing, and never a page", async (t) => {
  const answer = await build(t)("/assets/app-00000000.js", "br");
  assert.equal(answer.status, 404);
  assert.equal(openWebApp(join(tmpdir(), "no-such-build"), facts), null);
});

test("a page and its files belong together while a newer build takes their place", async (t) => {
  const folder = buildFolder(t);
  const app = open(folder);
  rmSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>newer</title>");
  assert.equal(await (await app("/", "")).text(), "<!doctype html>");
  assert.equal(await (await app("/assets/app-a1B2c3D4.js", "br")).text(), "brotli");
});

test("the page knows the server's domain and title, in every encoding, and nothing in a title is markup", async (t) => {
  const folder = buildFolder(t);
  const page =
    '<meta name="keypears-domain" content="" /><meta name="keypears-title" content="KeyPears" />';
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "index.html.br"), brotliCompressSync(page));
  writeFileSync(join(folder, "index.html.gz"), gzipSync(page));
  const told =
    '<meta name="keypears-domain" content="acme.test" /><meta name="keypears-title" content="Pears &amp; &quot;Co&quot;" />';
  const app = open(folder);
  for (const [accepted, decode] of [
    ["", (body: Buffer) => body],
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
  ] as const) {
    const body = Buffer.from(await (await app("/", accepted)).arrayBuffer());
    assert.equal(decode(body).toString(), told, accepted);
  }
});
