import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestListener, type ServerOptions, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { ErrorBody } from "@keypears/api";
import { ARRIVAL } from "../serve.ts";
import { startNetwork } from "../testing/network.ts";
import { answerError } from "./call.ts";
import { answerUnparsed } from "./unparsed.ts";

/** All that comes back on a connection on which this is sent, until the other end closes it. */
async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(sent);
  let received = "";
  for await (const part of socket) received += String(part);
  return received;
}

function read(text: string): { status: number; headers: Headers; body: ErrorBody } {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const [name = "", ...value] = line.split(":");
    headers.append(name, value.join(":").trim());
  }
  return { status: Number(first.split(" ")[1]), headers, body: JSON.parse(body) as ErrorBody };
}

const host = "Host: a.localhost\r\n";
const close = "Connection: close\r\n";
const odd: Record<string, readonly [request: string, status: number, code: string]> = {
  "no HTTP at all": ["nonsense\r\n\r\n", 400, "invalid_input"],
  "an unknown method": [`FOO /api/v1/x HTTP/1.1\r\n${host}\r\n`, 400, "invalid_input"],
  "no host": [`GET /health HTTP/1.1\r\n${close}\r\n`, 400, "invalid_input"],
  "another version": [`GET /health HTTP/3.0\r\n${host}\r\n`, 400, "invalid_input"],
  "two lengths": [
    `POST /api/v1/account/logout HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    400,
    "invalid_input",
  ],
  "a header within a header": [
    `GET /health HTTP/1.1\r\n${host}X: a\rSet-Cookie: b=c\r\n\r\n`,
    400,
    "invalid_input",
  ],
  "headers without end": [
    `GET /health HTTP/1.1\r\n${host}X: ${"x".repeat(20_000)}\r\n\r\n`,
    413,
    "too_large",
  ],
  "a tunnel": [`CONNECT b.test:443 HTTP/1.1\r\n${host}\r\n`, 400, "invalid_input"],
  "an expectation": [
    `GET /api/v1/account/whoami HTTP/1.1\r\n${host}${close}Expect: tea\r\n\r\n`,
    401,
    "unauthenticated",
  ],
  "a path out of the server": [
    `GET /api/../../secret HTTP/1.1\r\n${host}${close}Accept: */*\r\n\r\n`,
    404,
    "",
  ],
};

test("whatever comes over a connection, what goes back has a code and the safety headers", async (t) => {
  const network = await startNetwork(["a.localhost"], { wire: "http" });
  t.after(() => network.close());
  const node = network.node("a.localhost");
  const port = Number(new URL(node.url).port);
  for (const [name, [request, status, code]] of Object.entries(odd)) {
    const text = await exchange(port, request);
    assert.equal(Number(text.split(" ")[1]), status, name);
    const { headers, body } = code === "" ? { headers: null, body: null } : read(text);
    if (body !== null) assert.equal(body.code, code, name);
    if (headers !== null) {
      assert.equal(headers.get("x-content-type-options"), "nosniff", name);
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/, name);
      assert.match(headers.get("content-type") ?? "", /^application\/json/, name);
      assert.equal(headers.get("set-cookie"), null, name);
    }
  }
  assert.equal((await node.fetch("/health")).status, 200);
});

test("a request has ten seconds to arrive", () => {
  const { requestTimeout, headersTimeout, connectionsCheckingInterval } = ARRIVAL;
  assert(Math.max(requestTimeout, headersTimeout) + connectionsCheckingInterval < 10_000);
});

async function listen(
  t: TestContext,
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<number> {
  const http = createServer(options, listener);
  answerUnparsed(http, answerError);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return (http.address() as AddressInfo).port;
}

const impatient = { requestTimeout: 40, headersTimeout: 40, connectionsCheckingInterval: 10 };

for (const [what, sent] of [
  ["headers", "GET / HTTP/1.1\r\nHost: a"],
  ["a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"],
] as const) {
  test(`who sends ${what} too slowly is told so, and the connection closes`, async (t) => {
    const port = await listen(t, () => {}, impatient);
    const { status, headers, body } = read(await exchange(port, sent));
    assert.deepEqual([status, body.code], [400, "invalid_input"]);
    assert.equal(body.reason, "request: too slow");
    assert.equal(headers.get("connection"), "close");
  });
}

test("an answer that is under way is broken off, and never continued with another", async (t) => {
  let socket: Socket | null = null;
  const port = await listen(t, (_, answer) => {
    answer.writeHead(200, { "Content-Type": "text/event-stream" });
    answer.write("data: 1\n\n");
    socket?.write("nonsense\r\n\r\n");
  });
  socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let received = "";
  socket.on("data", (part) => (received += String(part)));
  // Broken off, it may end as a reset.
  socket.on("error", () => {});
  await once(socket, "close");
  assert.match(received, /data: 1/);
  assert.equal(received.split("HTTP/1.1").length, 2, received);
});

test("who goes away in the middle of a request troubles nobody", async (t) => {
  let asked = 0;
  const port = await listen(t, (_, answer) => {
    asked += 1;
    answer.end("ok");
  });
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET / HT");
  socket.resetAndDestroy();
  assert.match(await exchange(port, "GET / HTTP/1.0\r\n\r\n"), /ok$/);
  assert.equal(asked, 1);
});
