import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationView, MessageView } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import { listed, mergeConversations, withMessage } from "./conversations.ts";

function conversation(peer: string, more: Partial<ConversationView>): ConversationView {
  return {
    peer: peer as Address,
    accepted: true,
    blocked: false,
    waiting: 0,
    unread: 0,
    readRevision: 0,
    lastRevision: 1,
    changed: 1,
    last: null,
    ...more,
  };
}

const peers = (list: readonly ConversationView[]) => list.map(({ peer }) => peer);

test("the latest conversation stands first, and an older report of one changes nothing", () => {
  let known = mergeConversations(new Map(), [
    conversation("a@a.com", { lastRevision: 4, changed: 4 }),
    conversation("b@b.com", { lastRevision: 7, changed: 7 }),
  ]);
  assert.deepEqual(peers(listed(known, "conversations")), ["b@b.com", "a@a.com"]);
  known = mergeConversations(known, [conversation("a@a.com", { lastRevision: 9, changed: 9 })]);
  known = mergeConversations(known, [conversation("a@a.com", { lastRevision: 4, changed: 4 })]);
  assert.deepEqual(peers(listed(known, "conversations")), ["a@a.com", "b@b.com"]);
});

test("a stranger waits apart until accepted, and is gone when declined, lapsed or blocked", () => {
  const stranger = { accepted: false, waiting: 2 };
  const at = (changed: number, more: Partial<ConversationView>) =>
    mergeConversations(new Map(), [conversation("s@s.com", { ...stranger, changed, ...more })]);
  assert.deepEqual(peers(listed(at(1, {}), "requests")), ["s@s.com"]);
  assert.deepEqual(peers(listed(at(1, {}), "conversations")), []);
  assert.deepEqual(peers(listed(at(2, { accepted: true, waiting: 0 }), "conversations")), [
    "s@s.com",
  ]);
  assert.deepEqual(peers(listed(at(2, { waiting: 0 }), "requests")), []);
  assert.deepEqual(peers(listed(at(2, { blocked: true }), "requests")), []);
});

test("a list shows how its last message fares, and takes no other one for it", () => {
  const message = (revision: number, changed: number, state: MessageView["state"]) =>
    ({ peer: "a@a.com", revision, changed, state }) as MessageView;
  const known = mergeConversations(new Map(), [
    conversation("a@a.com", { lastRevision: 4, changed: 4, last: message(4, 4, "pending") }),
  ]);
  const failed = withMessage(known, message(4, 6, "failed"));
  assert.equal(failed.get("a@a.com" as Address)?.last?.state, "failed");
  assert.equal(withMessage(failed, message(4, 5, "pending")), failed);
  assert.equal(withMessage(failed, message(3, 7, "failed")), failed);
  assert.equal(withMessage(new Map(), message(4, 6, "failed")).size, 0);
});
