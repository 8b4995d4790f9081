import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@keypears/api";
import type { Address } from "@keypears/protocol";
import { type Api, createApi } from "./api.ts";
import type { ApiAnswer, ApiRequest } from "./ports.ts";
import { TestClock } from "./testing/clock.ts";

const bob = "bob@a.test" as Address;
const token = new Uint8Array(32).fill(7);

function server(...answers: readonly (ApiAnswer | (() => Promise<ApiAnswer>))[]) {
  const clock = new TestClock();
  const asked: ApiRequest[] = [];
  const ended: unknown[] = [];
  const session = { token };
  const api: Api = createApi({
    clock,
    session: async () => session,
    onEnded: async (of) => void ended.push(of),
    transport: {
      call: async (request) => {
        asked.push(request);
        const answer = answers[Math.min(asked.length, answers.length) - 1];
        assert(answer);
        return typeof answer === "function" ? answer() : answer;
      },
      openEvents: () => Promise.reject(new Error("not asked for")),
    },
  });
  return { api, asked, ended, session, clock };
}

const empty = { status: 200, body: { messages: [], next: null } };

test("what is asked stands in path, query or body, as the contract says, with the session's token", async () => {
  const { api, asked } = server(empty, { status: 200, body: {} });
  await api.messages.listMessages({ peer: "b+c/d@a.test" as Address, before: 7 });
  assert.equal(asked[0]?.path, "/api/v1/messages/with/b%2Bc%2Fd%40a.test?before=7");
  assert.equal(asked[0]?.body, undefined);
  await api.messages.block({ target: bob });
  assert.equal(asked[1]?.path, "/api/v1/messages/block");
  assert.equal(asked[1]?.body, '{"target":"bob@a.test"}');
  assert.deepEqual(asked[1]?.headers, {
    accept: "application/json",
    "content-type": "application/json",
    authorization: `Bearer ${Buffer.from(token).toString("base64url")}`,
  });
});

test("a token goes to the procedures that need a session, and to no other", async () => {
  const { api, asked } = server({ status: 200, body: { status: "available" } });
  await api.account.checkAvailability({ address: bob });
  assert.equal(asked[0]?.headers["authorization"], undefined);
});

test("an answer that is not the contract's is refused, and says where", async () => {
  for (const [body, reason] of [
    [undefined, "form"],
    [{}, "messages"],
    [{ messages: [{}], next: null }, "messages.0.revision"],
    [{ messages: [], next: "x" }, "next"],
    ["<html>", "form"],
  ] as const) {
    const { api } = server({ status: 200, body });
    await assert.rejects(api.messages.listMessages({ peer: bob }), { code: "bad_answer", reason });
  }
});

test("a refusal keeps its code, its reason and its time to wait", async () => {
  const body = { code: "work_refused", reason: "expired", message: "any", retryAfter: 40 };
  const { api } = server({ status: 422, body });
  await assert.rejects(api.messages.block({ target: bob }), (error) => {
    assert(error instanceof ApiError);
    assert.deepEqual([error.code, error.reason, error.retryAfter], ["work_refused", "expired", 40]);
    return true;
  });
});

test("a refusal by a code of another version counts by its status", async () => {
  for (const [status, code] of [
    [401, "unauthenticated"],
    [404, "not_found"],
    [429, "rate_limited"],
    [500, "internal"],
    [502, "busy"],
    [503, "busy"],
    [418, "bad_answer"],
    [302, "bad_answer"],
  ] as const) {
    for (const body of [undefined, { code: "teapot" }, { code: 5 }, [], "busy"]) {
      const { api } = server({ status, body });
      await assert.rejects(api.messages.block({ target: bob }), { code }, `${status}`);
    }
  }
});

test("a session that has ended is told to the device, one that was not asked in is not", async () => {
  const { api, ended, session } = server({ status: 401, body: { code: "unauthenticated" } });
  await assert.rejects(api.messages.block({ target: bob }), { code: "unauthenticated" });
  assert.deepEqual(ended, [session]);
  await assert.rejects(api.account.checkAvailability({ address: bob }), {
    code: "unauthenticated",
  });
  assert.equal(ended.length, 1);
});

test("a reading call waits when it is asked to, a few times and not for long; another call does not", async () => {
  const busy = { status: 503, body: { code: "busy", retryAfter: 2 } };
  const { api, asked, clock } = server(busy, busy, empty);
  const reading = api.messages.listMessages({ peer: bob });
  await clock.skip((length) => length === 2000);
  await clock.skip((length) => length === 2000);
  await reading;
  assert.equal(asked.length, 3);

  const never = server(busy);
  never.clock.skips = (length) => length === 2000;
  await assert.rejects(never.api.messages.listMessages({ peer: bob }), { code: "busy" });
  assert.equal(never.asked.length, 4);

  const long = server({ status: 429, body: { code: "rate_limited", retryAfter: 16 } });
  await assert.rejects(long.api.messages.listMessages({ peer: bob }), { code: "rate_limited" });
  assert.equal(long.asked.length, 1);

  const posting = server(busy);
  await assert.rejects(posting.api.messages.block({ target: bob }), { code: "busy" });
  assert.equal(posting.asked.length, 1);
});

test("a server that never answers is unreachable after half a minute, even if the network does not listen", async () => {
  const { api, clock } = server(() => new Promise(() => {}));
  const asking = assert.rejects(api.messages.block({ target: bob }), { code: "unreachable" });
  assert.equal(await clock.skip(() => true), 30_000);
  await asking;
  assert.equal(clock.sleeping, 0);
});

test("who stops a call hears the own reason, and no timer is left behind", async () => {
  const { api, clock } = server(() => new Promise(() => {}));
  const stop = new AbortController();
  const asking = api.messages.block({ target: bob }, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(asking, { message: "enough" });
  await assert.rejects(api.messages.block({ target: bob }, { signal: stop.signal }), {
    message: "enough",
  });
  assert.equal(clock.sleeping, 0);
});
