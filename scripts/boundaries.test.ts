import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultsOf, importsOf, walls } from "./boundaries.ts";
import { root } from "./node24.js";

test("every file keeps to the walls of the house", () => {
  const files = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root });
  assert.ok(files.length > 100);
  const faults = files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), "utf8")));
  assert.deepEqual(faults, []);
});

test("every package has a wall, and its reason", () => {
  const packages = globSync("packages/*/package.json", { cwd: root }).map(
    (file) => file.split("/")[1],
  );
  assert.deepEqual(walls.map((wall) => wall.package).sort(), packages.sort());
  for (const { why } of walls) assert.ok(why.length > 20);
});

test("imports are found in every form, and not in comments", () => {
  const text = `
    import a from "one"; import { b } from 'two'; import type { C } from "three";
    export { d } from "four"; import "five"; const e = await import("six");
    new Worker(new URL("./seven.ts", import.meta.url));
    // import f from "not this"
    /* import g from "nor this" */
    const h = "import i from 'it is only a text'";
  `;
  assert.deepEqual(importsOf(text).slice(0, 7), [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "./seven.ts",
  ]);
});

const broken: readonly (readonly [path: string, text: string])[] = [
  ["packages/protocol/src/a.ts", `import { z } from "zod";`],
  ["packages/protocol/src/a.ts", `import { readFile } from "node:fs";`],
  ["packages/protocol/src/a.ts", `const now = Date.now();`],
  ["packages/protocol/src/a.ts", `crypto.getRandomValues(bytes);`],
  ["packages/protocol/src/a.ts", `await fetch("/");`],
  ["packages/protocol/src/a.ts", `process.exit();`],
  ["packages/pow5/src/a.ts", `import type { Bytes } from "@keypears/protocol";`],
  ["packages/api/src/a.ts", `import { send } from "@keypears/client";`],
  ["packages/client/src/a.ts", `import { createNodeMiner } from "@keypears/pow5/node";`],
  ["packages/client/src/a.ts", `import { useState } from "react";`],
  ["packages/client/src/a.ts", `setTimeout(wake, 10);`],
  ["packages/client/src/a.ts", `document.title = "x";`],
  ["packages/server/src/procedures/a.ts", `import { createClient } from "@keypears/client";`],
  ["packages/server/src/procedures/a.ts", `await fetch(url);`],
  ["packages/server/src/store/a.ts", `import { send } from "../delivery/send.ts";`],
  ["packages/server/src/delivery/a.ts", `import { send } from "../procedures/messages/send.ts";`],
  ["packages/server/src/context.ts", `import { startNetwork } from "./testing/network.ts";`],
  ["packages/web/src/ui/a.tsx", `import { useSend } from "../engine/use-send.ts";`],
  ["packages/web/src/features/inbox/a.tsx", `import { Bubble } from "../conversation/bubble.tsx";`],
  ["packages/web/src/features/inbox/a.tsx", `import { sha256 } from "@noble/hashes/sha2.js";`],
  ["packages/web/src/features/inbox/a.tsx", `localStorage.setItem("key", key);`],
  ["packages/web/src/features/inbox/a.tsx", `await crypto.subtle.digest("SHA-256", bytes);`],
  ["packages/cli/src/a.ts", `import { App } from "@keypears/web";`],
  ["packages/cli/src/a.ts", `import { seal } from "../../protocol/src/message/seal.ts";`],
  ["packages/api/src/index.ts", `export * from "./errors.ts";`],
  ["packages/server/src/utils/a.ts", `export const one = 1;`],
];

for (const [path, text] of broken) {
  test(`the walls refuse, in ${path}: ${text}`, () => {
    assert.equal(faultsOf(path, text).length > 0, true);
  });
}
