import assert from "node:assert/strict";
import { test } from "node:test";
import type { MessageView, RecordView } from "@keypears/client";
import type { Id } from "@keypears/protocol";
import type { Outgoing } from "../../engine/messages.ts";
import { flowOf } from "./flow.ts";

const at = (text: string) => new Date(text).getTime();

function message(revision: number, time: string, direction: "sent" | "received" = "received") {
  return { revision, receivedAt: at(time), direction } as MessageView;
}

function kinds(...flow: Parameters<typeof flowOf>) {
  return flowOf(...flow).map((item) =>
    item.kind === "message"
      ? `${item.message.revision}${item.joinsBefore ? "<" : ""}${item.joinsAfter ? ">" : ""}`
      : item.kind,
  );
}

test("each day begins once, and messages of one person within minutes lean together", () => {
  assert.deepEqual(
    kinds(
      [
        message(1, "2026-11-23T23:58"),
        message(2, "2026-11-24T00:01"),
        message(3, "2026-11-24T00:03"),
        message(4, "2026-11-24T00:04", "sent"),
        message(5, "2026-11-24T00:10", "sent"),
      ],
      [],
      [],
    ),
    ["day", "1", "day", "2>", "3<", "4", "5"],
  );
});

test("what is on its way stands at the end, on the day it was sent", () => {
  const outgoing = { id: "a" as Id, since: at("2026-11-24T10:00") } as Outgoing;
  assert.deepEqual(kinds([message(1, "2026-11-23T10:00")], [outgoing], []), [
    "day",
    "1",
    "day",
    "outgoing",
  ]);
  assert.deepEqual(kinds([], [outgoing], []), ["day", "outgoing"]);
});

test("a change of keys stands where it happened, the first keys nowhere", () => {
  const record = (number: number, time: string) =>
    ({ number, createdAt: at(time), reason: "rotation" }) as RecordView;
  assert.deepEqual(
    kinds(
      [message(1, "2026-11-24T10:00"), message(2, "2026-11-24T12:00")],
      [],
      [
        record(1, "2026-11-24T10:30"),
        record(2, "2026-11-20T10:00"),
        record(3, "2026-11-24T11:00"),
        record(4, "2026-11-25T11:00"),
      ],
    ),
    ["day", "1", "keys", "2", "day", "keys"],
  );
});

test("a clock that lay behind begins no day anew", () => {
  assert.deepEqual(
    kinds([message(1, "2026-11-24T00:01"), message(2, "2026-11-23T23:59")], [], []),
    ["day", "1", "2"],
  );
});
