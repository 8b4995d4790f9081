import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, ClientError } from "@keypears/client";
import { idTime, makeId } from "@keypears/protocol";
import { random } from "../testing/people.ts";
import { address } from "../testing/values.ts";
import { answerId, judge, refusalOf } from "./judge.ts";

const text = {
  direction: "received",
  type: "text",
  verified: true,
  reason: null,
  ref: null,
} as const;
const id = makeId(1_763_942_400_000, random(10));

test("a genuine text is answered; an answer, one's own and what is no text never are", () => {
  assert.equal(judge(text), "answer");
  assert.equal(judge({ ...text, ref: id }), "never");
  assert.equal(judge({ ...text, direction: "sent" }), "never");
  for (const type of ["unknown", "locked", "erased"] as const) {
    assert.equal(judge({ ...text, type }), "never");
  }
});

test("what does not hold is not answered; what may yet turn out genuine waits", () => {
  const unverified = { ...text, type: "unreadable", verified: false } as const;
  for (const reason of ["signature", "sender_key", "keys_fork", "unreadable"]) {
    assert.equal(judge({ ...unverified, reason }), "never");
  }
  for (const reason of ["keys_unknown", "keys_shorter"]) {
    assert.equal(judge({ ...unverified, reason }), "later");
  }
  assert.equal(judge({ ...text, verified: false, reason: "keys_reset" }), "reset");
});

test("a message has one answer, whenever it is given, and no two messages the same", async () => {
  const message = { peer: address("alice@a.test"), id, receivedAt: 1_763_942_520_000 };
  const answer = await answerId(message);
  assert.equal(await answerId({ ...message }), answer);
  assert.equal(idTime(answer), message.receivedAt);
  const others = [
    { ...message, peer: address("alice@b.test") },
    { ...message, id: makeId(1_763_942_400_000, random(10)) },
  ];
  for (const other of others) assert.notEqual(await answerId(other), answer);
});

test("what may be over in a while is tried again, and what will not be is given up with its reason", () => {
  for (const code of ["domain_unreachable", "busy", "internal", "stale_key"] as const) {
    assert.equal(refusalOf(new ApiError(code)), null);
  }
  for (const code of ["unreachable", "not_logged_in", "keys_shorter"] as const) {
    assert.equal(refusalOf(new ClientError(code)), null);
  }
  for (const code of ["too_expensive", "keys_reset", "keys_fork", "delete_after"] as const) {
    assert.equal(refusalOf(new ClientError(code)), code);
  }
  assert.equal(refusalOf(new ApiError("no_such_user")), "no_such_user");
  assert.equal(refusalOf(new TypeError("a fault of ours")), null);
});
