import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { type Host, securePlaces } from "@keypears/server/testing/network";
import { discover } from "./discover.ts";
import { main } from "./main.ts";
import { Network } from "./network.ts";
import { readReach } from "./reach.ts";

const open = new AbortController().signal;

/** The settings by which these hosts are found, each with its answer to every request. */
async function hostsOf(
  t: TestContext,
  answers: Readonly<Record<string, Host["answer"]>>,
): Promise<Record<string, string | undefined>> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-cli-"));
  const hosts = Object.entries(answers).map(([name, answer]) => ({ names: [name], answer }));
  const { env, close } = await securePlaces({ places: [], hosts, folder });
  t.after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  return { ...env };
}

/** Runs a command line as a script does; gives its exit code and what it printed. */
async function run(argv: readonly string[], env: Record<string, string | undefined>) {
  let stdout = "";
  const code = await main([...argv, "--json"], {
    env: { KEYPEARS_HOME: "/nowhere", KEYPEARS_PASSWORD: "does not matter", ...env },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => {} },
    signal: open,
  });
  return { code, error: (JSON.parse(stdout) as { error: Record<string, unknown> }).error };
}

const file = (json: unknown) => () => Response.json(json);
const versions = [1];
const json = { "content-type": "application/json" };

test("what a domain's file says is taken to the letter, and what is no such file is named as that", async (t) => {
  const cases: Record<string, [Host["answer"], string]> = {
    "good.test": [file({ apiDomain: "KP.b.test", versions: [2, 1], more: true }), "kp.b.test"],
    "none.test": [() => new Response("<h1>Not found</h1>", { status: 404 }), "no_file"],
    "failing.test": [() => new Response("", { status: 500 }), "server_error"],
    "busy.test": [() => new Response("", { status: 429 }), "busy"],
    "redirect.test": [() => Response.redirect("https://good.test/"), "bad_file"],
    "html.test": [
      () => new Response("<h1>Welcome</h1>", { headers: { "content-type": "text/html" } }),
      "no_file",
    ],
    "text.test": [() => new Response('{"apiDomain":"b.test","versions":[1]}'), "bad_file"],
    "broken.test": [() => new Response("{", { headers: json }), "bad_file"],
    "large.test": [file({ apiDomain: "b.test", versions, fill: "x".repeat(20_000) }), "bad_file"],
    "endless.test": [() => new Response(endless(), { headers: json }), "bad_file"],
    "port.test": [file({ apiDomain: "b.test:8443", versions }), "bad_file"],
    "path.test": [file({ apiDomain: "b.test/api", versions }), "bad_file"],
    "ip.test": [file({ apiDomain: "127.0.0.1", versions }), "bad_file"],
    "list.test": [file([]), "bad_file"],
    "later.test": [file({ apiDomain: "b.test", versions: [2] }), "version"],
  };
  const answers = Object.fromEntries(
    Object.entries(cases).map(([name, [answer]]) => [name, answer]),
  );
  const network = new Network(readReach(await hostsOf(t, answers)));
  t.after(() => network.close());
  for (const [name, [, expected]] of Object.entries(cases)) {
    const found = await discover(network, name as Domain, open);
    assert.equal(found.ok ? found.apiDomain : found.reason, expected, name);
  }
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
}

test("logging in at a domain that cannot be reached says at which hop, soon, and never that there is nobody", async (t) => {
  const env = await hostsOf(t, {
    "none.test": () => new Response("", { status: 404 }),
    "dead.test": file({ apiDomain: "closed.test", versions }),
    "stuck.test": () => new Promise<Response>(() => {}),
  });
  env.KEYPEARS_FEDERATION_HOSTS += ",closed.test=127.0.0.1:1";
  const begun = performance.now();
  const [closed, unknown, none, stuck, dead] = await Promise.all([
    run(["login", "bob@closed.test"], env),
    run(["login", "bob@nobody-has-this-name.test"], env),
    run(["signup", "bob@none.test"], env),
    run(["whoami", "--no-store", "--as", "bob@stuck.test"], env),
    run(["login", "bob@dead.test"], env),
  ]);
  assert.ok(performance.now() - begun < 9_000);
  const expected = [
    [closed, "connect"],
    [unknown, "dns"],
    [none, "no_file"],
    [stuck, "timeout"],
  ] as const;
  for (const [{ code, error }, reason] of expected) {
    assert.equal(code, 1);
    assert.deepEqual([error.code, error.reason], ["domain_unreachable", reason]);
  }
  assert.match(
    String(closed.error.message),
    /^closed\.test cannot be reached: nothing answers there\./,
  );
  assert.deepEqual([dead.code, dead.error.code, dead.error.reason], [1, "unreachable", "connect"]);
});
