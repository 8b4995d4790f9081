import assert from "node:assert/strict";
import { test } from "node:test";
import { dictionary } from "@zxcvbn-ts/language-common";
import { createJudge } from "./strength.ts";

const judge = createJudge(dictionary["passwords-common"].slice(0, 10_000));

test("common, short and predictable passwords are refused, each with its reason", () => {
  assert.equal(judge("", []).fault, "empty");
  assert.equal(judge("x7#Kq", []).fault, "too_short");
  for (const weak of [
    "password1234",
    "qwertyuiop12",
    "aaaaaaaaaaaaaaaa",
    "123456789012",
    "P@ssw0rdP@ssw0rd",
  ]) {
    assert.equal(judge(weak, []).fault, "too_weak", weak);
  }
});

test("what the account is called makes its password no stronger", () => {
  assert.equal(judge("wilhelmina.krol", []).fault, null);
  assert.equal(
    judge("wilhelmina.krol", ["wilhelmina.krol@a.com", "wilhelmina.krol"]).fault,
    "too_weak",
  );
});

test("a long password of chance or of words holds", () => {
  assert.deepEqual(judge("gravel unmixed tidy plaza oboe sank", []), { score: 4, fault: null });
  assert.deepEqual(judge("v9Qm-2xTr!eWp", []), { score: 4, fault: null });
});
