import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readEventStream } from "./event-stream.ts";
import type { ServerSentEvent } from "./ports.ts";

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? new TextEncoder().encode(part) : part;
}

async function read(...parts: readonly (string | Uint8Array)[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readEventStream(chunks(...parts))) events.push(event);
  return events;
}

const change = (id: string | null, data: string): ServerSentEvent => ({
  id,
  event: "change",
  data,
});
const beat: ServerSentEvent = { id: null, event: "", data: null };

test("ids, events and comments come as a server sends them", async () => {
  assert.deepEqual(
    await read(
      'id: 41\n\nevent: change\ndata: {"a":1}\n\nid: 42\nevent: change\ndata: {}\n\n: here\n\n',
    ),
    [{ id: "41", event: "message", data: null }, change(null, '{"a":1}'), change("42", "{}"), beat],
  );
});

test("every kind of line break, a missing space, data over several lines", async () => {
  assert.deepEqual(await read("id:1\r\nevent:change\rdata:one\ndata:  two\r\n\r\n"), [
    change("1", "one\n two"),
  ]);
});

test("what the standard does not know is passed over, and so is an event that is not finished", async () => {
  assert.deepEqual(
    await read("retry: 10\nunknown\nevent: change\n\nid: a\0b\ndata: x\n\ndata: never finished\n"),
    [{ id: null, event: "message", data: "x" }],
  );
});

test("wherever the network cuts the stream, the same events come", async () => {
  const text =
    ": hi\r\nid: 7\r\n\r\nevent: change\ndata: Grüße 🍐\n\nid: 8\rdata: a\rdata: b\r\r: bye\n";
  const whole = await read(text);
  assert.equal(whole.length, 5);
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(await read(...parts), whole);
    }),
  );
});

test("an event above a mebibyte ends the stream, as one line or as many", async () => {
  const half = "x".repeat(600_000);
  assert.equal((await read(`data: ${half}\n\n`)).length, 1);
  const refused = { code: "bad_answer", reason: "event" };
  await assert.rejects(read(`data: ${half}`, half), refused);
  await assert.rejects(read(`data: ${half}\ndata: ${half}\n\n`), refused);
});
