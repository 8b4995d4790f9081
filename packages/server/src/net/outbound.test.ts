import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import { type AddressInfo, createServer as createPlainServer } from "node:net";
import { type TestContext, test } from "node:test";
import { type TLSSocket, createServer as createTlsServer } from "node:tls";
import { gzipSync } from "node:zlib";
import { type Domain, fromUtf8 } from "@keypears/protocol";
import { type Authority, makeAuthority } from "../testing/certificates.ts";
import { watchSockets } from "../testing/sockets.ts";
import { type Cause, type Outbound, createOutbound } from "./outbound.ts";

const HOST = "peer.test" as Domain;

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(
  t: TestContext,
  server: { listen(port: number, host: string): unknown; address(): unknown } & NodeJS.EventEmitter,
  close: () => void,
): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(close);
  return (server.address() as AddressInfo).port;
}

/** A peer over real TLS on loopback. */
async function startPeer(
  t: TestContext,
  serve: Serve,
  { authority = makeAuthority(), name = "peer.test" } = {},
): Promise<{ port: number; ca: string; server: Server }> {
  const server = createServer(authority.certify(name), serve);
  const port = await listen(t, server, () => {
    server.closeAllConnections();
    server.close();
  });
  return { port, ca: authority.certificate, server };
}

/** A peer that speaks no HTTP of Node's: it gets the socket once the handshake is done. */
async function startRawPeer(t: TestContext, serve: (socket: TLSSocket) => void) {
  const authority: Authority = makeAuthority();
  const sockets = new Set<TLSSocket>();
  const server = createTlsServer(authority.certify(HOST), (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => serve(socket));
  });
  const port = await listen(t, server, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port, ca: authority.certificate, sockets };
}

function openDoor(
  t: TestContext,
  { port, ca }: { readonly port: number; readonly ca: string },
  { limits = false, now = Date.now } = {},
): Outbound {
  const outbound = createOutbound({
    reach: { kind: "hosts", hosts: new Map([[HOST, { host: "127.0.0.1", port }]]), ca },
    limits,
    now,
  });
  assert(outbound !== null);
  t.after(() => outbound.close());
  return outbound;
}

interface Wish {
  readonly path?: string;
  readonly body?: string;
  readonly mostBytes?: number;
  readonly cause?: Cause;
}

const ask = (
  outbound: Outbound,
  { path = "/", mostBytes = 1_000, cause = "user", body }: Wish = {},
) =>
  outbound.send({
    host: HOST,
    method: body === undefined ? "GET" : "POST",
    path,
    mostBytes,
    cause,
    ...(body === undefined ? {} : { body }),
  });

async function faultOf(outbound: Outbound, wish: Wish = {}): Promise<string> {
  const answer = await ask(outbound, wish);
  return answer.ok ? `answered ${answer.status}` : answer.fault;
}

test("a request arrives as it is, under the peer's name, and its answer comes back as it is", async (t) => {
  const seen: unknown[] = [];
  const peer = await startPeer(t, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      seen.push([
        method,
        url,
        headers.host,
        headers["accept-encoding"],
        headers["content-type"],
        body,
      ]);
      response.writeHead(429, { "content-type": "Application/JSON", "retry-after": "7" });
      response.end('{"a":"ä"}');
    });
  });
  const outbound = openDoor(t, peer);
  const answer = await ask(outbound, { path: "/a?b=c", body: '{"ü":1}' });
  assert(answer.ok);
  assert.deepEqual(
    { ...answer, body: fromUtf8(answer.body) },
    { ok: true, status: 429, contentType: "application/json", retryAfter: 7, body: '{"a":"ä"}' },
  );
  await ask(outbound, { path: "/d" });
  assert.deepEqual(seen, [
    ["POST", "/a?b=c", HOST, "identity", "application/json", '{"ü":1}'],
    ["GET", "/d", HOST, "identity", undefined, ""],
  ]);
});

test("one connection carries request after request, and as many as run at once", async (t) => {
  const peer = await startPeer(t, (_, response) => void response.end("{}"));
  const outbound = openDoor(t, peer);
  const { sockets } = watchSockets(t, { stop: false });
  for (let count = 0; count < 20; count++) assert.equal(await faultOf(outbound), "answered 200");
  assert.equal(sockets.length, 1);
  await Promise.all(Array.from({ length: 40 }, () => faultOf(outbound)));
  assert(sockets.length <= 4, `${sockets.length}`);
});

test("a peer that was stopped and started is reached again at once, over a new connection", async (t) => {
  const authority = makeAuthority();
  const first = await startPeer(t, (_, response) => void response.end("1"), { authority });
  const outbound = openDoor(t, first);
  assert.equal(await faultOf(outbound), "answered 200");
  const gone = once(first.server, "close");
  first.server.closeAllConnections();
  first.server.close();
  await gone;
  assert.equal(await faultOf(outbound), "connect");
  const second = createServer(authority.certify(HOST), (_, response) => void response.end("2"));
  second.listen(first.port, "127.0.0.1");
  await once(second, "listening");
  t.after(() => {
    second.closeAllConnections();
    second.close();
  });
  assert.equal(await faultOf(outbound), "answered 200");
});

test("no redirect is followed, wherever it leads", async (t) => {
  let location = "";
  let status = 302;
  let requests = 0;
  const peer = await startPeer(t, (_, response) => {
    requests += 1;
    response.writeHead(status, { location });
    response.end();
  });
  const outbound = openDoor(t, peer);
  const { sockets } = watchSockets(t, { stop: false });
  const places = [
    ...[
      "http://127.0.0.1/",
      "https://169.254.169.254/latest/meta-data",
      "/",
      "//10.0.0.1",
      "file:///",
    ],
    ...[`https://${HOST}/elsewhere`, "https://peer.test:8443/", "gopher://127.0.0.1:25/"],
  ];
  const statuses = [301, 302, 303, 307, 308];
  for (location of places) {
    for (status of statuses) assert.equal(await faultOf(outbound), "bad_answer");
  }
  assert.equal(requests, places.length * statuses.length);
  // Each of them over a connection to the peer, since one that misbehaves loses it.
  assert.equal(sockets.length, requests);
});

test("a certificate of another name, of another authority, or none at all: not a byte of the request is sent", async (t) => {
  let requests = 0;
  const serve: Serve = (_, response) => {
    requests += 1;
    response.end();
  };
  const authority = makeAuthority();
  const elsewhere = await startPeer(t, serve, { authority, name: "other.test" });
  const sibling = await startPeer(t, serve, { authority, name: "www.peer.test" });
  const stranger = await startPeer(t, serve);
  const strangersNetwork = { port: stranger.port, ca: authority.certificate };
  // What an operator may have set for other programs is nothing to this one.
  const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  t.after(() => {
    if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
  });
  for (const peer of [elsewhere, sibling, strangersNetwork]) {
    assert.equal(await faultOf(openDoor(t, peer)), "tls");
  }
  assert.equal(requests, 0);
  const plain = createPlainServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  });
  const port = await listen(t, plain, () => void plain.close());
  assert.equal(await faultOf(openDoor(t, { port, ca: authority.certificate })), "tls");
});

test("nobody listens, or whoever listens hangs up: that is told apart from a slow one", async (t) => {
  const hangsUp = createPlainServer((socket) => void socket.on("error", () => {}).destroy());
  const port = await listen(t, hangsUp, () => void hangsUp.close());
  assert.equal(await faultOf(openDoor(t, { port, ca: makeAuthority().certificate })), "connect");
  const closed = createPlainServer();
  closed.listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port: free } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  assert.equal(await faultOf(openDoor(t, { port: free, ca: "" })), "connect");
  const raw = await startRawPeer(t, (socket) => void socket.destroy());
  assert.equal(await faultOf(openDoor(t, raw)), "connect");
});

test("an answer may have as many bytes as were asked for, and not one more, however it comes", async (t) => {
  const peer = await startPeer(t, ({ url = "" }, response) => {
    const [, kind, size] = url.split("/");
    const bytes = Buffer.alloc(Number(size), 0x20);
    if (kind === "chunked") response.write("");
    else response.setHeader("content-length", bytes.length);
    response.end(bytes);
  });
  const outbound = openDoor(t, peer);
  for (const kind of ["whole", "chunked"]) {
    for (const size of [0, 1, 999, 1_000]) {
      const answer = await ask(outbound, { path: `/${kind}/${size}` });
      assert(answer.ok);
      assert.equal(answer.body.length, size);
    }
    for (const size of [1_001, 100_000]) {
      assert.equal(await faultOf(outbound, { path: `/${kind}/${size}` }), "bad_answer");
    }
  }
});

test("an answer that says itself that it is too long is not waited for; hints before an answer are", async (t) => {
  const long = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n";
  const hinted =
    "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
  const started = performance.now();
  const endless = await startRawPeer(t, (socket) => void socket.write(long));
  assert.equal(await faultOf(openDoor(t, endless)), "bad_answer");
  const polite = await startRawPeer(t, (socket) => void socket.write(hinted));
  assert.equal(await faultOf(openDoor(t, polite)), "answered 200");
  assert(performance.now() - started < 2_500);
});

test("a peer that answers with a gigabyte costs no memory, and its connection", async (t) => {
  let sent = 0;
  let closed = 0;
  const chunk = Buffer.alloc(65_536, 0x20);
  const peer = await startPeer(t, ({ socket, url }, response) => {
    socket.once("close", () => (closed += 1));
    if (url === "/length") response.setHeader("content-length", 2 ** 30);
    const more = (): void => {
      while (sent < 2 ** 30 && response.write(chunk)) sent += chunk.length;
    };
    response.on("drain", more).on("error", () => {});
    more();
  });
  const outbound = openDoor(t, peer);
  const before = process.memoryUsage();
  for (let round = 0; round < 20; round++) {
    const path = round % 2 === 0 ? "/length" : "/chunked";
    assert.equal(await faultOf(outbound, { path, mostBytes: 262_144 }), "bad_answer");
  }
  const after = process.memoryUsage();
  assert(sent < 2 ** 28, `${sent} bytes were sent`);
  const growth = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert(growth < 64 * 2 ** 20, `${growth} bytes more`);
  assert(closed >= 19, `${closed} connections are closed`);
});

test("what comes packed is refused: its size is not the one that is counted", async (t) => {
  let encoding = "gzip";
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const peer = await startPeer(t, (_, response) => {
    response.writeHead(200, { "content-encoding": encoding, "content-type": "application/json" });
    response.end(encoding === "identity" ? "{}" : bomb);
  });
  const outbound = openDoor(t, peer);
  for (encoding of ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP"]) {
    assert.equal(await faultOf(outbound, { mostBytes: 262_144 }), "bad_answer", encoding);
  }
  encoding = "identity";
  assert.equal(await faultOf(outbound), "answered 200");
});

test("a peer that never ends is left after five seconds, wherever it stops", async (t) => {
  const endless: Record<string, (socket: TLSSocket) => void> = {
    nothing: () => {},
    head: (socket) => drip(socket, "HTTP/1.1 200 OK\r\n", "x"),
    body: (socket) => drip(socket, "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", " "),
    chunks: (socket) =>
      drip(socket, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"),
    hints: (socket) => drip(socket, "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
  };
  const timers = new Set<NodeJS.Timeout>();
  t.after(() => timers.forEach((timer) => clearInterval(timer)));
  function drip(socket: TLSSocket, start: string, again: string): void {
    socket.write(start);
    timers.add(setInterval(() => socket.writable && socket.write(again), 20));
  }
  const silent = createPlainServer((socket) => void socket.on("error", () => {}));
  const silentPort = await listen(t, silent, () => void silent.close());
  const doors = [openDoor(t, { port: silentPort, ca: "" })];
  for (const serve of Object.values(endless)) doors.push(openDoor(t, await startRawPeer(t, serve)));
  const started = performance.now();
  const faults = await Promise.all(doors.map((door) => faultOf(door)));
  assert.deepEqual(
    faults,
    doors.map(() => "timeout"),
  );
  const took = performance.now() - started;
  assert(took > 4_900 && took < 6_000, `${took} ms`);
});

test("what is no answer of HTTP's is none, and the next request is not its victim", async (t) => {
  const heads = [
    "nonsense\r\n\r\n",
    "SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-length: 11\r\n\r\n0123456789",
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    `HTTP/1.1 200 OK\r\n${"x-filler: 0123456789\r\n".repeat(2_000)}\r\n`,
    `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
    "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nshort",
  ];
  let index = 0;
  const peer = await startRawPeer(t, (socket) => void socket.end(heads[index] ?? ""));
  const outbound = openDoor(t, peer);
  for (index = 0; index < heads.length; index++) {
    assert.equal(await faultOf(outbound), "bad_answer", heads[index]?.slice(0, 60));
  }
  // A second answer that nobody asked for is not taken for the one to the next request.
  heads[index] =
    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2";
  for (let round = 0; round < 3; round++) {
    const answer = await ask(outbound);
    assert(answer.ok);
    assert.equal(fromUtf8(answer.body), "1");
  }
});

test("whoever floods a slow peer does not close it for others: time that went by in waiting is no failure of the peer", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  let isSlow = true;
  let held: ServerResponse[] = [];
  let arrived = Promise.withResolvers<void>();
  const peer = await startPeer(t, (_, response) => {
    if (isSlow && held.push(response) === 4) arrived.resolve();
    if (!isSlow) response.end();
  });
  const outbound = openDoor(t, peer);
  /** Four requests are with the peer, and four wait; those are then asked, with little time left, and get no answer. */
  const flood = async (): Promise<void> => {
    const asked = Array.from({ length: 8 }, () => faultOf(outbound));
    await arrived.promise;
    t.mock.timers.tick(3_600);
    const answered = held;
    held = [];
    arrived = Promise.withResolvers();
    for (const response of answered) response.end();
    await arrived.promise;
    held = [];
    arrived = Promise.withResolvers();
    t.mock.timers.tick(1_400);
    const faults = await Promise.all(asked);
    assert.deepEqual(
      faults.slice(4),
      Array.from({ length: 4 }, () => "timeout"),
    );
  };
  await flood();
  // Nor does it add up, over and over.
  const [one, two] = [faultOf(outbound), faultOf(outbound)];
  t.mock.timers.tick(5_000);
  assert.deepEqual([await one, await two], ["timeout", "timeout"]);
  isSlow = false;
  assert.equal(await faultOf(outbound), "answered 200");
});

test("a door that is closed ends what is under way and asks nobody any more", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const peer = await startPeer(t, () => arrived.resolve());
  const outbound = openDoor(t, peer);
  const waiting = Promise.all(Array.from({ length: 6 }, () => faultOf(outbound)));
  await arrived.promise;
  const started = performance.now();
  await outbound.close();
  for (const fault of await waiting) assert(["connect", "busy"].includes(fault), fault);
  assert.equal(await faultOf(outbound), "connect");
  assert(performance.now() - started < 1_000);
});

test("of ten thousand hosts and more the longest unused is forgotten, and one that is in use is not", async (t) => {
  let held: ServerResponse[] = [];
  const peer = await startPeer(t, (_, response) => void held.push(response));
  const others = Array.from({ length: 10_000 }, (_, index) => `other-${index}.test` as Domain);
  const place = { host: "127.0.0.1", port: peer.port };
  const outbound = createOutbound({
    reach: {
      kind: "hosts",
      hosts: new Map([HOST, ...others].map((name) => [name, place])),
      ca: peer.ca,
    },
    limits: false,
    now: Date.now,
  });
  assert(outbound !== null);
  t.after(() => outbound.close());
  for (let count = 0; count < 4; count++) outbound.noteVerified(HOST);
  /** How many requests the peer has at once, of sixteen. */
  const atOnce = async (whileHeld: () => void = () => {}): Promise<number> => {
    held = [];
    const asked = Array.from({ length: 12 }, () => faultOf(outbound));
    while (held.length < 4) await new Promise(setImmediate);
    whileHeld();
    asked.push(...Array.from({ length: 4 }, () => faultOf(outbound)));
    // One round trip more would have brought another one.
    await outbound.send({
      host: others[0] as Domain,
      method: "GET",
      path: "/",
      mostBytes: 1,
      cause: "user",
    });
    const most = held.length;
    for (let ended = 0; ended < 16; await new Promise(setImmediate)) {
      for (const response of held.splice(0)) {
        response.end();
        ended += 1;
      }
    }
    await Promise.all(asked);
    return most;
  };
  const forgetOthers = (): void => others.forEach((name) => outbound.noteVerified(name));
  assert.equal(await atOnce(), 8);
  assert.equal(await atOnce(forgetOthers), 8);
  forgetOthers();
  assert.equal(await atOnce(), 4);
});

test("no more than 256 connections are kept that nobody uses", async (t) => {
  const peer = await startPeer(t, (_, response) => void response.end(), { name: "*.peer.test" });
  // Which it says, so that none is closed before its time.
  peer.server.keepAliveTimeout = 60_000;
  const names = Array.from({ length: 300 }, (_, index) => `a${index}.peer.test` as Domain);
  const place = { host: "127.0.0.1", port: peer.port };
  const hosts = new Map(names.map((name) => [name, place]));
  const reach = { kind: "hosts", hosts, ca: peer.ca } as const;
  const outbound = createOutbound({ reach, limits: false, now: Date.now });
  assert(outbound !== null);
  t.after(() => outbound.close());
  const { sockets } = watchSockets(t, { stop: false });
  const answers = await Promise.all(
    names.map((host) =>
      outbound.send({ host, method: "GET", path: "/", mostBytes: 10, cause: "user" }),
    ),
  );
  assert(answers.every(({ ok }) => ok));
  assert.equal(sockets.length, 300);
  const open = sockets.filter((socket) => !socket.destroyed).length;
  assert(open > 200 && open <= 256, `${open}`);
});

test("only places that the map names are reached, and a server without one reaches nobody", async (t) => {
  const outbound = openDoor(t, { port: 1, ca: "" });
  const { sockets } = watchSockets(t, { stop: true });
  for (const host of ["other.test", "127.0.0.1", "keypears.com", "localhost", "www.peer.test"]) {
    const answer = await outbound.send({
      host: host as Domain,
      method: "GET",
      path: "/",
      mostBytes: 10,
      cause: "user",
    });
    assert.deepEqual(answer, { ok: false, fault: "dns" });
  }
  assert.deepEqual(sockets, []);
  const nowhere = createOutbound({ reach: { kind: "nowhere" }, limits: true, now: Date.now });
  assert.equal(nowhere, null);
});
