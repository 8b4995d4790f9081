import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as connect } from "node:http";
import { connect as connectSocket } from "node:net";
import { type TestContext, test } from "node:test";
import { contract } from "@keypears/api";
import { toBase64url } from "@keypears/protocol";
import * as z from "zod";
import { newcomer, requestFor, signUp, work, logIn } from "../testing/calls.ts";
import { type NetworkNode, type NetworkOptions, startNetwork } from "../testing/network.ts";

async function startServer(
  t: TestContext,
  domain: string,
  options: NetworkOptions = {},
): Promise<NetworkNode> {
  const network = await startNetwork([domain], options);
  t.after(() => network.close());
  return network.node(domain);
}

/** Of spec/8.3, to the letter. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
  "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types keypears";

const everywhere: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "x-frame-options": "DENY",
};

/** Paths that are answered in all the ways there are. */
const requests: readonly (readonly [path: string, init: RequestInit, status: number])[] = [
  ["/", {}, 200],
  ["/", { method: "HEAD" }, 200],
  ["/assets/front-page.css", {}, 200],
  ["/nothing", {}, 404],
  ["/nothing", { method: "POST" }, 404],
  ["/health", {}, 200],
  ["/health", { method: "DELETE" }, 405],
  ["/.well-known/keypears.json", {}, 200],
  ["/.well-known/other", {}, 404],
  ["/api/v1/openapi.json", {}, 200],
  ["/api/v1/nothing", {}, 404],
  ["/api/v1/events", {}, 401],
  ["/api/v1/account/whoami", {}, 401],
  ["/api/v1/account/whoami", { method: "PUT" }, 405],
  ["/api/v1/account/login", { method: "POST", body: "x" }, 415],
  ["/api/v1/account/whoami", { headers: { Origin: "https://evil.example" } }, 403],
  ["/api/v1/keys/nobody@DOMAIN", {}, 404],
  ["/api/v1/keys/%E0%A4%A", {}, 400],
];

for (const [domain, wire] of [
  ["a.test", "memory"],
  ["a.localhost", "http"],
] as const) {
  test(`every answer over ${wire} carries every safety header`, async (t) => {
    const node = await startServer(t, domain, { wire });
    for (const [path, init, status] of requests) {
      const response = await node.fetch(path.replace("DOMAIN", domain), init);
      await response.arrayBuffer();
      assert.equal(response.status, status, path);
      const carried = Object.keys(everywhere).map((name) => [name, response.headers.get(name)]);
      assert.deepEqual(Object.fromEntries(carried), everywhere, path);
      const open = /^\/(api\/v1\/keys|\.well-known\/keypears)/.test(path);
      assert.equal(
        response.headers.get("cross-origin-resource-policy"),
        open ? "cross-origin" : "same-origin",
        path,
      );
      assert.equal(response.headers.get("access-control-allow-origin"), open ? "*" : null, path);
      assert.equal(response.headers.get("access-control-allow-credentials"), null);
      assert.equal(response.headers.get("cache-control"), "no-store");
      // HSTS would be a lie, or a lock-out, without HTTPS.
      const strict = response.headers.get("strict-transport-security");
      if (domain === "a.test") assert.match(strict ?? "", /^max-age=63072000/);
      else assert.equal(strict, null);
    }
  });
}

test("a page of another origin reads published keys, and is told why where there are none", async (t) => {
  const node = await startServer(t, "a.test");
  await signUp(node, await newcomer("alice@a.test"));
  const other = { headers: { Origin: "https://b.example", Cookie: "__Host-keypears=x" } };
  const found = await node.fetch("/api/v1/keys/alice@a.test", other);
  assert.equal(((await found.json()) as { records: unknown[] }).records.length, 1);
  const missing = await node.fetch("/api/v1/keys/nobody@a.test", other);
  assert.equal(missing.headers.get("access-control-allow-origin"), "*");
  assert.equal(((await missing.json()) as { code: string }).code, "no_such_user");
});

for (const [domain, name, attributes] of [
  [
    "a.test",
    "__Host-keypears",
    ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=15552000", "Secure"],
  ],
  ["localhost", "keypears", ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=15552000"]],
] as const) {
  test(`a browser's session is in a cookie that no script and no other site can use: ${domain}`, async (t) => {
    const node = await startServer(t, domain);
    const alice = await newcomer(`alice@${domain}`);
    const { address, form } = alice;
    const solution = await work(node, "register", address);
    const wire = z.encode(contract.account.register.input, {
      ...form,
      solution,
      transport: "cookie",
    });
    const answer = await node.fetch(...requestFor(contract.account.register, wire));
    const { session } = (await answer.json()) as { session: { token: unknown } };
    assert.equal(session.token, null, "a script could read it");
    const [cookie = "", ...more] = answer.headers.getSetCookie();
    assert.deepEqual(more, []);
    const [pair = "", ...rest] = cookie.split("; ");
    assert.match(pair, new RegExp(`^${name}=[A-Za-z0-9_-]{43}$`));
    assert.deepEqual(rest, attributes);
    const own = { Cookie: pair, Origin: node.url };
    const who = await node.fetch(...requestFor(contract.account.whoAmI, {}, own));
    assert.equal(who.status, 200);
    const out = await node.fetch(...requestFor(contract.account.logOut, {}, own));
    assert.match(out.headers.getSetCookie()[0] ?? "", new RegExp(`^${name}=; .*Max-Age=0`));
    const after = await node.fetch(...requestFor(contract.account.whoAmI, {}, own));
    assert.equal(after.status, 401);
  });
}

test("the well-known file is there for the domain that this server acts for and for its API's, and no other", async (t) => {
  const env = { KEYPEARS_API_DOMAIN: "keys.a.test", KEYPEARS_ADMIN: "boss@a.test" };
  const node = await startServer(t, "a.test", { env });
  for (const host of ["a.test", "A.test:443", "keys.a.test"]) {
    const response = await node.fetch("/.well-known/keypears.json", { headers: { Host: host } });
    const { apiDomain, admin } = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([apiDomain, admin], ["keys.a.test", "boss@a.test"]);
  }
  for (const host of ["b.test", "127.0.0.1", "", "a.test.evil.example"]) {
    const response = await node.fetch("/.well-known/keypears.json", { headers: { Host: host } });
    assert.equal(response.status, 404, host);
  }
});

test("over http a body without end or length is cut off, and the server goes on", async (t) => {
  const node = await startServer(t, "a.localhost", { wire: "http" });
  const { port } = new URL(node.url);
  // As browsers do: who asks for the end of the connection with the answer is cut off with it, read or not.
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  for (const headers of [{}, { "Content-Length": "100000000" }]) {
    const outgoing = connect({
      host: "127.0.0.1",
      port,
      method: "POST",
      path: "/api/v1/account/login",
      headers: { Host: `a.localhost:${port}`, "Content-Type": "application/json", ...headers },
      agent,
    });
    // Cut off while it writes: what it is about.
    outgoing.on("error", () => {});
    let open = true;
    const closed = new Promise<void>((resolve) => {
      outgoing.on("close", () => {
        open = false;
        resolve();
      });
    });
    const write = (): void => {
      if (open) outgoing.write(Buffer.alloc(65_536, " "), () => setImmediate(write));
    };
    write();
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    assert.equal(incoming.statusCode, 413);
    incoming.resume();
    // Not by `once`, to which an error is a failure.
    await closed;
    assert.equal((await node.fetch("/health")).status, 200);
  }
  assert(!node.lines.join("").includes("a request failed"));
});

test("a caller who goes away in the middle of a body is no failure of the server", async (t) => {
  const node = await startServer(t, "a.localhost", { wire: "http" });
  const { port } = new URL(node.url);
  for (const framing of ["Content-Length: 100", "Transfer-Encoding: chunked"]) {
    const socket = connectSocket(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    const head = `POST /api/v1/account/login HTTP/1.1\r\nHost: a.localhost\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
    socket.write(head, () => socket.destroy());
    await once(socket, "close");
  }
  assert.equal((await node.fetch("/health")).status, 200);
  await node.close();
  assert(!node.lines.join("").includes("a request failed"), node.lines.join(""));
});

test("a request for no host is answered as safely as any other", async (t) => {
  const node = await startServer(t, "a.localhost", { wire: "http" });
  const socket = connectSocket(Number(new URL(node.url).port), "127.0.0.1");
  socket.end("GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
  let answer = "";
  for await (const part of socket) answer += String(part);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"code":"invalid_input"/);
  assert.match(answer, /x-content-type-options: nosniff/i);
});

test("a server that stops finishes what is under way and takes no more", async (t) => {
  const node = await startServer(t, "a.localhost", { wire: "http" });
  const alice = await newcomer("alice@a.localhost");
  const solution = await work(node, "register", alice.address);
  const wire = z.encode(contract.account.register.input, { ...alice.form, solution });
  const derive = t.mock.method(node.context.verifiers, "derive");
  const answer = node.fetch(...requestFor(contract.account.register, wire));
  while (derive.mock.callCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  const started = performance.now();
  const closed = node.close();
  assert.equal((await answer).status, 200);
  await closed;
  assert(performance.now() - started < 5_000, "it waited for its patience to end");
  await assert.rejects(node.fetch("/health"));
});

test("the log says what was asked and how it went, and names nobody", async (t) => {
  const node = await startServer(t, "a.test");
  const alice = await newcomer("alice-in-the-log@a.test");
  const token = (await signUp(node, alice)).output?.session?.token;
  assert(token);
  await logIn(node, alice);
  await logIn(node, { ...alice, loginKey: crypto.getRandomValues(new Uint8Array(32)) });
  const headers = {
    Authorization: `Bearer ${toBase64url(token)}`,
    "X-Forwarded-For": "203.0.113.9",
  };
  for (const path of [
    "/api/v1/account/whoami?address=alice-in-the-log@a.test",
    "/api/v1/keys/alice-in-the-log@a.test",
    "/api/v1/messages/with/alice-in-the-log@a.test",
    "/alice-in-the-log@a.test",
    "/api/v1/alice-in-the-log@a.test",
  ]) {
    await node.fetch(path, { headers, source: "203.0.113.9" });
  }
  t.mock.method(node.context.store, "now", () => Promise.reject(new Error("out of time")));
  const { status } = await node.fetch("/api/v1/account/whoami", { headers });
  assert.equal(status, 500);
  const log = node.lines.join("");
  assert.match(log, /"path":"\/api\/v1\/keys\/\{address\}","status":200/);
  assert.match(log, /out of time/);
  for (const secret of ["alice", "203.0.113.9", toBase64url(token), toBase64url(alice.loginKey)]) {
    assert(!log.includes(secret), secret);
  }
});

test("what fails inside is told to nobody outside", async (t) => {
  const node = await startServer(t, "a.test");
  t.mock.method(node.context.store, "now", () =>
    Promise.reject(new Error("no such table: secrets")),
  );
  const headers = { Authorization: `Bearer ${"A".repeat(43)}` };
  const response = await node.fetch("/api/v1/account/whoami", { headers });
  const body = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([response.status, Object.keys(body)], [500, ["code", "message"]]);
  assert(!JSON.stringify(body).includes("secrets"));
});
