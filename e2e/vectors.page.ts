/** Runs in Chromium, for vectors.browser.test.ts. */
import { runIdentityVectors } from "../packages/protocol/src/testing/vectors-identity.ts";
import { runMessageVectors } from "../packages/protocol/src/testing/vectors-message.ts";
import { runWycheproof } from "../packages/protocol/src/testing/wycheproof.ts";
import { report } from "./report.ts";

async function load(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Null where the suites are absent, and the site has nothing under that path. */
async function loadIfThere(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

await report(async () => ({
  identity: await runIdentityVectors((name) => load(`/vectors/${name}.json`)),
  message: await runMessageVectors((name) => load(`/vectors/${name}.json`)),
  wycheproof: await runWycheproof((suite) => loadIfThere(`/wycheproof/${suite}.json`)),
}));
