import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "./output.ts";

test("a stranger's text cannot drive the terminal or turn the line around", () => {
  assert.equal(printable("hi\u001b[2J\u0007"), "hi\\u001b[2J\\u0007");
  assert.equal(printable("a\u202eb\u2066c\u009b"), "a\\u202eb\\u2066c\\u009b");
  assert.equal(printable("one\r\ntwo\n\tthree\r"), "one\ntwo\n\tthree\\u000d");
  assert.equal(printable("Grüße, 世界 🍐"), "Grüße, 世界 🍐");
});
