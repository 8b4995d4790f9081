import assert from "node:assert/strict";
import { test } from "node:test";
import { deliverySteps, mendable, peerFaults } from "@keypears/client";
import { enInside } from "./en-inside.ts";
import { en } from "./en.ts";

const { faults } = enInside.way;

test("whatever is in the way to another domain has a sentence that names the domain, and says what to do", () => {
  for (const fault of [...peerFaults, "other"] as const) {
    const { what, todo } = faults[fault];
    assert.match(what("b.test"), /\bb\.test\b.*\.$/, fault);
    assert.match(todo, /\.$/, fault);
  }
  assert.deepEqual(Object.keys(faults).toSorted(), [...peerFaults, "other"].toSorted());
  const sentences = Object.values(faults).map(({ what }) => what("b.test"));
  assert.equal(new Set(sentences).size, sentences.length, "two faults look the same");
});

test("each step of a delivery, and each reason for which one ends, has a sentence of its own", () => {
  assert.deepEqual(Object.keys(enInside.message.steps), [...deliverySteps]);
  // What a delivery can end with beside faults of the way (spec/9.2).
  const codes = [
    ...mendable,
    ...["no_such_user", "not_ready", "suspended", "too_many_waiting", "misdirected", "id_conflict"],
    ...["message_refused", "request_refused", "pull_refused", "unknown_suite", "too_large"],
    ...["work_refused", "work_spent", "new_challenge", "expired"],
  ];
  const sentences: Readonly<Record<string, string>> = enInside.message.undelivered;
  assert.deepEqual(Object.keys(sentences).toSorted(), [...codes, "other"].toSorted());
  assert.equal(new Set(Object.values(sentences)).size, codes.length + 1);
});

test("a domain that cannot be reached is never told as a name that nobody has", () => {
  const { noneTitle, unreachableTitle, localTitle, failures } = enInside.write;
  const titles = [noneTitle, unreachableTitle("b.test"), localTitle];
  assert.equal(new Set(titles).size, titles.length);
  assert.notEqual(failures.federation_unavailable, failures.no_such_user);
  assert.notEqual(en.failures.domain_unreachable, en.failures.no_such_user);
});
