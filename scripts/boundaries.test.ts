import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultsOf, innerWalls, names, parts, walls } from "./boundaries.ts";
import { root } from "./node24.js";

test("every file keeps to the walls of the house", () => {
  const files = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root });
  assert.ok(files.length > 100);
  const faults = files.flatMap((file) => faultsOf(file, readFileSync(join(root, file), "utf8")));
  assert.deepEqual(faults, []);
});

test("every package has a row, and every row its reason", () => {
  const packages = globSync("packages/*/package.json", { cwd: root }).map(
    (file) => file.split("/")[1],
  );
  assert.deepEqual(walls.map((wall) => wall.package).sort(), packages.sort());
  for (const { why } of [...walls, ...parts, ...names, ...innerWalls]) assert.ok(why.length > 20);
});

/** One broken rule each, with the words of its reason. */
const refused: readonly (readonly [path: string, text: string, reason: RegExp])[] = [
  ["protocol/src/a.ts", `import { z } from "zod";`, /rules are pure/],
  ["protocol/src/a.ts", `import { readFile } from "node:fs";`, /rules are pure/],
  ["protocol/src/a.ts", `import type { Client } from "@keypears/client";`, /rules are pure/],
  ["protocol/src/a.ts", `const now = Date.now();`, /uses Date\.now: no clock/],
  ["protocol/src/a.ts", `const now = new Date();`, /uses Date\(\): no clock/],
  ["protocol/src/a.ts", `Math.random();`, /uses Math\.random: no clock, chance/],
  ["protocol/src/a.ts", `crypto.getRandomValues(bytes);`, /uses crypto\.getRandomValues/],
  ["protocol/src/a.ts", `const { getRandomValues } = crypto;`, /uses crypto: /],
  ["protocol/src/a.ts", `crypto.randomUUID();`, /uses crypto\.randomUUID/],
  ["protocol/src/a.ts", `await fetch("/");`, /uses fetch/],
  ["protocol/src/a.ts", `setTimeout(wake, 10);`, /uses setTimeout/],
  ["protocol/src/a.ts", `process.exit();`, /uses process\.exit/],
  ["protocol/src/a.ts", `window.name;`, /uses name/],
  ["protocol/src/a.ts", `Buffer.from("x");`, /uses Buffer\.from/],
  ["pow5/src/a.ts", `import type { Bytes } from "@keypears/protocol";`, /measured, replaced/],
  ["api/src/a.ts", `import { send } from "@keypears/client";`, /one between them/],
  ["api/src/a.ts", `export { send } from "@keypears/server";`, /one between them/],
  ["api/src/a.ts", `export const now = () => Date.now();`, /a contract is shapes/],
  ["client/src/a.ts", `import { createNodeMiner } from "@keypears/pow5/node";`, /miner included/],
  ["client/src/a.ts", `import { useState } from "react";`, /everything ambient/],
  ["client/src/a.ts", `import { join } from "node:path";`, /everything ambient/],
  ["client/src/a.ts", `setTimeout(wake, 10);`, /uses setTimeout: .* are ports/],
  ["client/src/a.ts", `AbortSignal.timeout(10);`, /uses AbortSignal\.timeout/],
  ["client/src/a.ts", `Date.now();`, /uses Date\.now/],
  ["client/src/a.ts", `Math.random();`, /uses Math\.random/],
  ["client/src/a.ts", `document.title = "x";`, /uses document\.title/],
  ["client/src/a.ts", `localStorage.setItem("a", "b");`, /uses localStorage/],
  ["client/src/a.ts", `import { clock } from "./testing/clock.ts";`, /what tests use/],
  ["server/src/procedures/a.ts", `import { createClient } from "@keypears/client";`, /hold keys/],
  [
    "server/src/serve.ts",
    `const { createClient } = await import("@keypears/client");`,
    /hold keys/,
  ],
  [
    "server/src/procedures/a.ts",
    `import { EchoDevice } from "../echo/device.ts";`,
    /echo account's/,
  ],
  ["server/src/server.ts", `const echo = await import("./echo/echo.ts");`, /nothing else leads/],
  [
    "server/src/echo/a.ts",
    `import { findAccount } from "../store/accounts.ts";`,
    /calls that everybody/,
  ],
  ["server/src/procedures/a.ts", `await fetch(url);`, /uses fetch: one outbound door/],
  ["server/src/procedures/a.ts", `await globalThis["fetch"](url);`, /uses fetch/],
  ["server/src/procedures/a.ts", `import { request } from "undici";`, /request: one outbound/],
  ["server/src/delivery/a.ts", `import * as http from "node:http";`, /\*: one outbound/],
  ["server/src/delivery/a.ts", `import { connect } from "node:net";`, /connect: one outbound/],
  ["server/src/delivery/a.ts", `const dns = await import("node:dns/promises");`, /one outbound/],
  ["server/src/delivery/a.ts", `process.env.HOME;`, /the environment is read once/],
  ["server/src/store/a.ts", `import { send } from "../delivery/send.ts";`, /never imports upward/],
  ["server/src/store/a.ts", `import type { Context } from "../context.ts";`, /never imports up/],
  ["server/src/delivery/a.ts", `import { send } from "../procedures/a.ts";`, /local and federated/],
  ["server/src/procedures/a.ts", `import { pages } from "../http/pages.ts";`, /answers a call/],
  ["server/src/context.ts", `import { start } from "./testing/network.ts";`, /what tests use/],
  ["web/src/ui/a.tsx", `import { useSend } from "../engine/use-send.ts";`, /nothing of the app/],
  ["web/src/features/inbox/a.tsx", `import { A } from "../thread/a.tsx";`, /no other feature/],
  ["web/src/features/inbox/a.tsx", `import { A } from "../../routes/a.tsx";`, /never back/],
  ["web/src/engine/a.ts", `import { A } from "../features/inbox/a.tsx";`, /knows none of them/],
  ["web/src/app/a.tsx", `import { sha256 } from "@noble/hashes/sha2.js";`, /crypto library/],
  ["web/src/app/a.tsx", `import { createServer } from "@keypears/server";`, /second set/],
  ["web/src/app/a.tsx", `import { createNodeMiner } from "@keypears/pow5/node";`, /second set/],
  [
    "web/src/app/a.tsx",
    `import { openMessage } from "@keypears/protocol";`,
    /judged by the engine/,
  ],
  ["web/src/app/a.tsx", `localStorage.setItem("key", key);`, /keys never lie/],
  ["web/src/app/a.tsx", `await crypto.subtle.digest("SHA-256", bytes);`, /keys never lie/],
  ["cli/src/a.ts", `import { App } from "@keypears/web";`, /bind the engine/],
  ["cli/src/a.ts", `import { serve } from "@keypears/server";`, /only the commands that run/],
  ["cli/src/a.ts", `import { sealMessage } from "@keypears/protocol";`, /judged by the engine/],
  ["cli/src/a.ts", `import { a } from "../../protocol/src/keys.ts";`, /entered by its door/],
  ["cli/src/a.ts", `import { a } from "@keypears/protocol/src/keys.ts";`, /bind the engine/],
  ["cli/src/a.ts", `await import(name);`, /imports \(computed\)/],
  ["api/src/index.ts", `export * from "./errors.ts";`, /exports with \*/],
  ["server/src/utils/a.ts", `export const one = 1;`, /a room called utils/],
  ["attic/src/a.ts", `export const one = 1;`, /no row for the package attic/],
];
for (const [path, text, reason] of refused) {
  test(`the walls refuse, in ${path}: ${text}`, () => {
    assert.match(faultsOf(`packages/${path}`, text).join("\n"), reason);
  });
}

const allowed: readonly (readonly [path: string, text: string])[] = [
  ["protocol/src/a.ts", `export const hash = (b: Bytes) => crypto.subtle.digest("SHA-256", b);`],
  ["protocol/src/a.test.ts", `import { p256 } from "@noble/curves/nist.js"; Date.now();`],
  ["client/src/a.ts", `export const wait = (clock: Clock) => clock.sleep(Math.max(1, 2));`],
  ["server/src/serve.ts", `import { createServer } from "node:http"; createServer();`],
  ["server/src/serve.ts", `const { startEcho } = await import("./echo/echo.ts");`],
  ["server/src/echo/a.ts", `import { createClient } from "@keypears/client"; createClient();`],
  ["server/src/net/outbound.ts", `import { request } from "undici"; await request(url);`],
  ["server/src/config.ts", `import { isIP } from "node:net"; process.env.PORT;`],
  ["server/src/testing/network.ts", `import { createClient } from "@keypears/client";`],
  ["cli/src/commands/serve.ts", `import { serve } from "@keypears/server"; serve();`],
  ["web/src/app/a.tsx", `import type { OpenedMessage } from "@keypears/protocol";`],
  ["web/src/app/a.tsx", `import { parseAddress } from "@keypears/protocol";`],
];
for (const [path, text] of allowed) {
  test(`the walls let through, in ${path}: ${text}`, () => {
    assert.deepEqual(faultsOf(`packages/${path}`, text), []);
  });
}
