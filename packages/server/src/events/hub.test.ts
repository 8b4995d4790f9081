import assert from "node:assert/strict";
import { test } from "node:test";
import { type Id, makeId } from "@keypears/protocol";
import { EventHub } from "./hub.ts";

const session = (byte: number): Id => makeId(1, new Uint8Array(10).fill(byte));

function listen(hub: EventHub, accountId: number, sessionId: Id) {
  const heard: (number | "ended")[] = [];
  const close = hub.subscribe(
    { accountId, sessionId },
    { changed: (revision) => heard.push(revision), ended: () => heard.push("ended") },
  );
  return { heard, close };
}

test("a change wakes every stream of its account and no other, until the stream is closed", () => {
  const hub = new EventHub();
  const [first, second, other] = [
    listen(hub, 1, session(1)),
    listen(hub, 1, session(2)),
    listen(hub, 2, session(3)),
  ];
  hub.publish(1, 7);
  first.close();
  hub.publish(1, 8);
  assert.deepEqual([first.heard, second.heard, other.heard], [[7], [7, 8], []]);
});

test("the end of a session ends its streams alone, the end of all others ends all others", () => {
  const hub = new EventHub();
  const streams = [session(1), session(1), session(2), session(3)].map((id) => listen(hub, 1, id));
  const stranger = listen(hub, 2, session(1));
  hub.endSession(1, session(1));
  assert.deepEqual(
    streams.map(({ heard }) => heard.length),
    [1, 1, 0, 0],
  );
  hub.endSessions(1, session(2));
  assert.deepEqual(
    streams.map(({ heard }) => heard.length),
    [2, 2, 0, 1],
  );
  assert.deepEqual(stranger.heard, []);
  hub.endAll();
  assert.deepEqual(stranger.heard, ["ended"]);
});

test("nothing is kept of streams that are closed", () => {
  const hub = new EventHub();
  const streams = Array.from({ length: 5 }, () => listen(hub, 1, session(1)));
  assert.equal(hub.count(), 5);
  for (const { close } of streams) close();
  assert.equal(hub.count(), 0);
  assert.equal(hub.count(1), 0);
  // Closing twice, after somebody else came, takes nobody else's away.
  const late = listen(hub, 1, session(1));
  for (const { close } of streams) close();
  hub.publish(1, 3);
  assert.deepEqual(late.heard, [3]);
});
