/** The event stream over a real connection. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, createServer as createHttpServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { idBytes, sha256, toBase64url } from "@keypears/protocol";
import { createServer } from "../server.ts";
import {
  type Person,
  type TestServer,
  addPerson,
  openTestServer,
  random,
  write,
} from "../testing/people.ts";

/** A test's server on a port, with the sockets of those who are connected. */
async function listen(t: TestContext, { context }: TestServer) {
  context.setOrigin("http://localhost");
  const answer = createServer(context);
  const listener = getRequestListener((incoming) => answer(incoming, { source: "127.0.0.1" }), {
    overrideGlobalObjects: false,
  });
  const http = createHttpServer((incoming, outgoing) => void listener(incoming, outgoing));
  const sockets: Socket[] = [];
  http.on("connection", (socket) => sockets.push(socket));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return { port: (http.address() as AddressInfo).port, sockets };
}

/** Gives somebody a session whose token is known. */
async function logIn({ context, clock }: TestServer, { session }: Person): Promise<string> {
  const token = random(32);
  const tokenHash = await sha256(token);
  await context.store.transaction((tx) =>
    tx
      .insertInto("sessions")
      .values({
        token_hash: tokenHash,
        id: idBytes(session.id),
        account_id: session.accountId,
        created_at: clock.time,
        last_used_at: clock.time,
        device: "test",
      })
      .execute(),
  );
  return toBase64url(token);
}

function call(port: number, token: string, path: string, method = "GET"): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
    };
    const options = { host: "127.0.0.1", port, path: `/api/v1${path}`, method, headers };
    const outgoing = request({ ...options, agent: false }, resolve);
    outgoing.on("error", reject);
    outgoing.end(method === "POST" ? "{}" : undefined);
  });
}

async function start(t: TestContext) {
  const server = await openTestServer(t);
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  await write(server, bob, alice);
  const { port, sockets } = await listen(t, server);
  const token = await logIn(server, bob);
  return { server, alice, bob, port, sockets, token };
}

test("over a connection, a stream begins at once, tells what happens, and ends within a second of the log-out", async (t) => {
  const { server, alice, bob, port, token } = await start(t);
  const stream = await call(port, token, "/events");
  assert.equal(stream.statusCode, 200);
  assert.equal(stream.headers["cache-control"], "no-store");
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => (text += part));
  while (!text.includes("id: 1\n\n")) await once(stream, "data");
  await write(server, alice, bob);
  while (!text.includes("id: 2\n")) await once(stream, "data");
  const ended = once(stream, "end");
  const began = performance.now();
  const left = await call(port, token, "/account/logout", "POST");
  assert.equal(left.statusCode, 200);
  await ended;
  assert(performance.now() - began < 1_000);
  assert.equal((await call(port, token, "/events")).statusCode, 401);
});

test("a connection that nobody reads from fills up once, and the server keeps no more for it", async (t) => {
  const { server, alice, bob, port, sockets, token } = await start(t);
  const stream = await call(port, token, "/events");
  const [socket] = sockets;
  assert(socket);
  stream.pause();
  const text = "x".repeat(60_000);
  const messages = 150;
  for (let index = 0; index < messages; index++) await write(server, alice, bob, { text });
  const all = messages * 2 * 80_000;
  // What the two kernels hold is gone from here; of the rest, one page at the most waits.
  assert(socket.writableLength < 4_000_000, `${socket.writableLength} bytes wait`);
  assert(socket.bytesWritten < all, "all of it was taken: nothing was slow");
  // Then it reads, and has missed nothing.
  let ids = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => (ids += part.match(/id: [0-9]+\n/g)?.join("") ?? ""));
  stream.resume();
  while (!ids.includes(`id: ${messages + 1}\n`)) await once(stream, "data");
  stream.destroy();
  // A reader who is gone is forgotten.
  while (server.context.events.count() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("without a session there is no stream", async (t) => {
  const { server, port } = await start(t);
  const refused = await call(port, toBase64url(random(32)), "/events");
  assert.equal(refused.statusCode, 401);
  assert.equal(server.context.events.count(), 0);
});
