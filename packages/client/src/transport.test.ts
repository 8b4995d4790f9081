import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fetch, fetchTransport } from "./transport.ts";

const call = { method: "GET", path: "/api/v1/account/whoami?x=1", headers: { a: "b" } } as const;

function transport(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch: Fetch = async (url, init) => {
    asked.push({ url, init });
    return answer(url, init);
  };
  return { asked, ...fetchTransport("https://kp.acme.com/ignored", fetch) };
}

const sse = { "content-type": "text/event-stream; charset=utf-8" };

test("a call goes to the server alone, with its headers, following nothing and keeping nothing", async () => {
  const { asked, call: ask } = transport(() => Response.json({ ok: 1 }, { status: 201 }));
  assert.deepEqual(await ask({ ...call, method: "POST", body: "{}" }), {
    status: 201,
    body: { ok: 1 },
  });
  const [{ url, init } = { url: "", init: {} }] = asked;
  assert.equal(url, "https://kp.acme.com/api/v1/account/whoami?x=1");
  assert.deepEqual(init, {
    ...{ method: "POST", headers: { a: "b" }, body: "{}", redirect: "error", cache: "no-store" },
    ...{ credentials: "same-origin", referrerPolicy: "no-referrer" },
  });
});

test("an answer that is no JSON has no body", async () => {
  for (const text of ["<html>", "", "{"]) {
    const { call: ask } = transport(() => new Response(text, { status: 502 }));
    assert.deepEqual(await ask(call), { status: 502, body: undefined });
  }
});

test("a network that fails, before or within the answer, is an unreachable server", async () => {
  const { call: ask } = transport(() => Promise.reject(new TypeError("fetch failed")));
  await assert.rejects(ask(call), { code: "unreachable" });
  const broken = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("terminated")),
  });
  await assert.rejects(transport(() => new Response(broken)).call(call), { code: "unreachable" });
});

test("who stops a call is told the reason that they gave", async () => {
  const stop = new AbortController();
  const { call: ask } = transport(() => {
    stop.abort(new Error("not needed"));
    return Promise.reject(new DOMException("aborted", "AbortError"));
  });
  await assert.rejects(ask({ ...call, signal: stop.signal }), { message: "not needed" });
});

test("an answer without end is cut off", async () => {
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(transport(() => new Response(endless)).call(call), {
    code: "bad_answer",
    reason: "size",
  });
  assert(cancelled);
});

test("an event stream is opened as one, read, and closed when its reader leaves", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("id: 1\n\n")),
    cancel: () => void (cancelled = true),
  });
  const { asked, openEvents } = transport(() => new Response(body, { headers: sse }));
  const opened = await openEvents(call);
  assert(opened.ok);
  for await (const event of opened.events) {
    assert.deepEqual(event, { id: "1", event: "message", data: null });
    break;
  }
  assert(cancelled);
  assert.deepEqual(asked[0]?.init.headers, { a: "b", accept: "text/event-stream" });
});

test("what is no event stream comes as the answer that it is", async () => {
  const refused = transport(() => Response.json({ code: "unauthenticated" }, { status: 401 }));
  assert.deepEqual(await refused.openEvents(call), {
    ok: false,
    answer: { status: 401, body: { code: "unauthenticated" } },
  });
  const page = transport(
    () => new Response("<html>", { headers: { "content-type": "text/html" } }),
  );
  assert.deepEqual(await page.openEvents(call), {
    ok: false,
    answer: { status: 200, body: undefined },
  });
});

test("a stream that breaks is an unreachable server", async () => {
  const body = new ReadableStream({
    pull: (controller) => controller.error(new TypeError("terminated")),
  });
  const opened = await transport(() => new Response(body, { headers: sse })).openEvents(call);
  assert(opened.ok);
  const iterator = opened.events[Symbol.asyncIterator]();
  await assert.rejects(iterator.next(), { code: "unreachable" });
});
