import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageView } from "@keypears/client";
import { mergeMessages, withoutStored } from "./messages.ts";
import type { Outgoing } from "./messages.ts";

function message(revision: number, more: Partial<MessageView> = {}): MessageView {
  return { revision, changed: revision, direction: "received", ...more } as MessageView;
}

function outgoing(key: string, text: string, since: number): Outgoing {
  return {
    key,
    text,
    since,
    progress: { stage: "mining", parts: 0 },
    failure: null,
    difficulty: null,
  };
}

const revisions = (messages: readonly MessageView[]) => messages.map(({ revision }) => revision);

test("messages stand in the order of arrival, whichever page comes first", () => {
  assert.deepEqual(revisions(mergeMessages([], [message(1), message(2)])), [1, 2]);
  assert.deepEqual(revisions(mergeMessages([message(5)], [message(7)])), [5, 7]);
  assert.deepEqual(
    revisions(mergeMessages([message(5), message(7)], [message(1), message(3)])),
    [1, 3, 5, 7],
  );
  assert.deepEqual(revisions(mergeMessages([message(5), message(7)], [message(6)])), [5, 6, 7]);
});

test("no message stands there twice, and the later change of it wins in either order", () => {
  const pending = message(5, { state: "pending" });
  const delivered = message(5, { state: "delivered", changed: 9 });
  assert.deepEqual(mergeMessages([message(4), pending], [delivered]), [message(4), delivered]);
  assert.deepEqual(mergeMessages([message(4), delivered], [pending, message(6)]), [
    message(4),
    delivered,
    message(6),
  ]);
});

test("what the server has stored is on its way no more, one for one", () => {
  const first = outgoing("a", "hello", 1000);
  const second = outgoing("b", "hello", 2000);
  const stored = message(8, { direction: "sent", text: "hello", receivedAt: 2500 });
  assert.deepEqual(withoutStored([first, second], [stored]), [second]);
  assert.deepEqual(withoutStored([first, second], [stored, stored]), []);
  assert.deepEqual(withoutStored([first], [message(8, { text: "hello", receivedAt: 2500 })]), [
    first,
  ]);
});

test("an older message of the same text is another one", () => {
  const now = outgoing("a", "good night", 10_000_000);
  const before = message(3, { direction: "sent", text: "good night", receivedAt: 9_000_000 });
  assert.deepEqual(withoutStored([now], [before]), [now]);
});
