import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linkify } from "./linkify.ts";

const links = (text: string) =>
  linkify(text)
    .filter(({ isLink }) => isLink)
    .map(({ text: link }) => link);

test("addresses of the web become links, without the signs that end the sentence", () => {
  assert.deepEqual(links("See https://a.com/x?y=1#z, or http://b.com."), [
    "https://a.com/x?y=1#z",
    "http://b.com",
  ]);
  assert.deepEqual(links("(https://a.com/pears)"), ["https://a.com/pears"]);
  assert.deepEqual(links("https://a.com/Pear_(fruit)!"), ["https://a.com/Pear_(fruit)"]);
  assert.deepEqual(links("HTTPS://A.COM/ÄPFEL"), ["HTTPS://A.COM/ÄPFEL"]);
});

test("nothing else becomes a link", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "a.com",
    "https://",
    "ftp://a.com",
  ]) {
    assert.deepEqual(links(text), [], text);
  }
});

test("no character is lost or added, and every link is one of the web", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom(" ", ".", "https://", ")("))),
      (parts) => {
        const text = parts.join("");
        const pieces = linkify(text);
        assert.equal(pieces.map((piece) => piece.text).join(""), text);
        for (const { text: link, isLink } of pieces) {
          if (isLink) assert.match(new URL(link).protocol, /^https?:$/);
        }
      },
    ),
  );
});
