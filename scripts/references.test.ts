import assert from "node:assert/strict";
import { test } from "node:test";
import {
  anchorsOf,
  codePathsOf,
  pageLinksOf,
  scriptsOf,
  sectionsOf,
  specReferencesOf,
} from "./references.ts";

test("sections are the numbered headings", () => {
  const page =
    "# 6 Messages\n\n## 6.5 The one rule\n\n### 7.1 too deep\n\n## Not numbered\n 8.1 text\n";
  assert.deepEqual(sectionsOf(page), ["6", "6.5"]);
});

test("references are found wherever they stand, with their lines", () => {
  const text = `/** One rule (spec/6.5), see spec/4.10.\n * @module spec/12\n */ // "spec/99.1"`;
  assert.deepEqual(specReferencesOf(text), [
    { to: "6.5", line: 1 },
    { to: "4.10", line: 1 },
    { to: "12", line: 2 },
    { to: "99.1", line: 3 },
  ]);
});

test("a path into the specification's folder is no reference to a section", () => {
  assert.deepEqual(specReferencesOf("docs/spec/06-messages.md ../spec/6 spec/06-messages.md"), []);
});

test("links from page to page are found, those to elsewhere and those in code are not", () => {
  const page =
    "[a](b.md) and [c](../d.md#e)\n[f](https://example.com) [g](mailto:h@example.com)\n`[i](j.md)`\n```\n[k](l.md)\n```\n![m](n.png)";
  assert.deepEqual(pageLinksOf(page), [
    { to: "b.md", line: 1 },
    { to: "../d.md#e", line: 1 },
    { to: "n.png", line: 7 },
  ]);
});

test("anchors are made of headings as links write them", () => {
  assert.deepEqual(anchorsOf("## 6.5 The one rule\n\n# Ids, order & `more`\n"), [
    "65-the-one-rule",
    "ids-order--more",
  ]);
});

test("files that a page names are found, in full and for short; other things with a slash are not", () => {
  const page =
    "See `e2e/story.test.ts`, `server/delivery/accept`, `packages/web/`.\n`text/event-stream` `a/<b>` `server`";
  assert.deepEqual(codePathsOf(page), [
    { to: "e2e/story.test.ts", line: 1, anyOf: ["e2e/story.test.ts"] },
    {
      to: "server/delivery/accept",
      line: 1,
      anyOf: [
        "packages/server/delivery/accept",
        "packages/server/src/delivery/accept",
        "packages/server/src/delivery/accept.ts",
        "packages/server/src/delivery/accept.tsx",
      ],
    },
    { to: "packages/web/", line: 1, anyOf: ["packages/web/"] },
  ]);
});

test("npm scripts are found", () => {
  const page = "`npm run test:long`, `npm start`\n    npm run bench -- pow5";
  assert.deepEqual(scriptsOf(page), [
    { to: "test:long", line: 1 },
    { to: "bench", line: 2 },
  ]);
});
