import assert from "node:assert/strict";
import { test } from "node:test";
import { person } from "../testing/person.ts";
import { inConversation } from "./standing.ts";

test("who was accepted is in a conversation, through rotations too, until a reset comes that was not known", async () => {
  const alice = await person("alice@a.test", ["rotation", 10], ["reset", 20], ["rotation", 30]);
  const { keys: senderKeys } = alice;
  const stands = (knownNumber: number, newest: number, isAccepted = true): boolean =>
    inConversation({ isAccepted, knownNumber, senderKeys: senderKeys.slice(0, newest) });
  assert.deepEqual([stands(1, 1), stands(1, 2), stands(2, 2)], [true, true, true]);
  assert.deepEqual([stands(1, 3), stands(2, 3), stands(2, 4)], [false, false, false]);
  assert.deepEqual([stands(3, 3), stands(3, 4), stands(4, 4)], [true, true, true]);
  assert.equal(stands(4, 4, false), false, "who was never accepted is a stranger");
});
