import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageView } from "@keypears/client";
import type { Id } from "@keypears/protocol";
import { mergeMessages, withoutStored } from "./messages.ts";
import type { Outgoing } from "./messages.ts";

function message(revision: number, more: Partial<MessageView> = {}): MessageView {
  return { revision, changed: revision, direction: "received", ...more } as MessageView;
}

function outgoing(id: string): Outgoing {
  return {
    id: id as Id,
    text: "hello",
    since: 1000,
    progress: { stage: "mining", parts: 0 },
    failure: null,
    fault: null,
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

test("what the server has stored is on its way no more, another one with the same text still is", () => {
  const [one, other] = [outgoing("1"), outgoing("2")];
  const stored = message(8, { direction: "sent", id: one.id });
  assert.deepEqual(withoutStored([one, other], [stored]), [other]);
  assert.deepEqual(withoutStored([one, other], [message(8, { id: one.id })]), [one, other]);
});
