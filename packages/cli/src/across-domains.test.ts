/** Commands between two servers over TLS, found as a command line finds them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Network, startNetwork } from "@keypears/server/testing/network";
import { main } from "./main.ts";

interface Ran {
  readonly code: number;
  /** What was printed, results and remarks. */
  readonly text: string;
  /** The results as JSON values, one a line. */
  readonly lines: readonly Record<string, unknown>[];
}

/** One person's command line. */
interface Person {
  run(argv: readonly string[], options?: { terminal?: boolean; env?: Env }): Promise<Ran>;
}

type Env = Record<string, string | undefined>;

function errorOf({ lines }: Ran): Record<string, unknown> {
  return lines[0]?.error as Record<string, unknown>;
}

async function startTwo(t: TestContext): Promise<Network> {
  const network = await startNetwork(["a.test", "b.test"], { wire: "tls" });
  t.after(() => network.close());
  return network;
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The settings by which a network's servers are found. */
function envOf(t: TestContext, ...networks: readonly Network[]): Env {
  const file = join(folderOf(t), "ca.pem");
  const places: string[] = [];
  const authorities: string[] = [];
  for (const network of networks) {
    for (const { domain, port, context } of network.nodes) {
      const { reach } = context.config;
      assert.equal(reach.kind, "hosts");
      places.push(`${domain}=127.0.0.1:${port}`);
      authorities.push((reach.kind === "hosts" && reach.ca) || "");
    }
  }
  writeFileSync(file, [...new Set(authorities)].join(""));
  return { KEYPEARS_FEDERATION_HOSTS: places.join(","), KEYPEARS_FEDERATION_CA: file };
}

function personOf(t: TestContext, env: Env): Person {
  const home = folderOf(t);
  return {
    run: async (argv, { terminal = false, env: more = {} } = {}) => {
      let text = "";
      const write = (part: string): void => void (text += part);
      const own = { KEYPEARS_HOME: home, KEYPEARS_PASSWORD: "seven ripe pears in a basket" };
      const code = await main([...argv, ...(terminal ? [] : ["--json"])], {
        env: { ...own, ...env, ...more },
        stdout: { write, isTTY: terminal },
        stderr: { write },
        signal: new AbortController().signal,
      });
      const lines = terminal ? [] : text.split("\n").filter((line) => line !== "");
      return { code, text, lines: lines.map((line) => JSON.parse(line) as Ran["lines"][number]) };
    },
  };
}

/** Signs somebody up. */
async function settle(t: TestContext, address: string, env: Env): Promise<Person> {
  const person = personOf(t, env);
  const { code, text } = await person.run(["signup", address]);
  assert.equal(code, 0, text);
  return person;
}

test("a message to another domain is on its way at once, and a terminal is told when it has arrived", async (t) => {
  const network = await startTwo(t);
  const env = envOf(t, network);
  const [alice, bob] = await Promise.all([
    settle(t, "alice@a.test", env),
    settle(t, "bob@b.test", env),
  ]);
  const sent = await alice.run(["send", "bob@b.test", "by a script"]);
  assert.equal(sent.code, 0);
  assert.deepEqual([sent.lines[0]?.state, sent.lines[0]?.step], ["pending", "queued"]);
  const typed = await alice.run(["send", "bob@b.test", "by a person"], { terminal: true });
  assert.deepEqual([typed.code, typed.text], [0, "Delivered.\n"]);

  const { lines } = await bob.run(["read", "alice@a.test"]);
  assert.deepEqual(
    lines.map(({ text, verified, direction }) => [text, verified, direction]),
    [
      ["by a script", true, "received"],
      ["by a person", true, "received"],
    ],
  );
  const known = await bob.run(["lookup", "alice@a.test"]);
  assert.equal(known.lines[0]?.direct, "same");
  const nobody = await alice.run(["lookup", "nobody@b.test"]);
  assert.equal(errorOf(nobody).code, "no_such_user");
  const nowhere = await alice.run(["send", "bob@c.test", "x"]);
  assert.equal(nowhere.code, 1);
  assert.equal(errorOf(nowhere).code, "domain_unreachable");
});

test("what has not arrived says where it is and why, and failed messages are sent again by one command", async (t) => {
  const network = await startTwo(t);
  const env = envOf(t, network);
  const [alice, bob] = await Promise.all([
    settle(t, "alice@a.test", env),
    settle(t, "bob@b.test", env),
  ]);
  const refuse = network.wire.on("federation/notify", (call) =>
    call.reply(409, { code: "too_many_waiting", message: "" }),
  );
  assert.match(
    (await alice.run(["send", "bob@b.test", "first"], { terminal: true })).text,
    /^Failed: five of your messages wait .* \(keypears retry bob@b\.test sends it again\)\.\n$/,
  );
  const [failed] = (await alice.run(["read", "bob@b.test"])).lines;
  assert.deepEqual([failed?.state, failed?.reason], ["failed", "too_many_waiting"]);
  assert.match(
    (await alice.run(["read", "bob@b.test"], { terminal: true })).text,
    /first {2}\[NOT DELIVERED: five of your messages wait/,
  );
  refuse();

  const lose = network.wire.on("federation/notify", (call) => call.fail("connect"));
  const again = await alice.run(["retry", "bob@b.test"]);
  assert.equal(again.code, 0);
  assert.deepEqual(
    again.lines.map(({ id, state }) => [id, state]),
    [[failed?.id, "pending"]],
  );
  await until(
    alice,
    "bob@b.test",
    /\[waiting at your server: b\.test cannot be reached, nothing answers there\]/,
  );
  lose();
  assert.deepEqual((await alice.run(["retry", "bob@b.test"])).lines, []);

  const unknown = await alice.run(["retry", "bob@b.test", "01a20d97-9afa-76a2-9885-8283f51c9275"]);
  assert.equal(errorOf(unknown).code, "not_again");
  await until(bob, "alice@a.test", /first\n$/);
});

/** Reads a conversation as a person does until that shows something. */
async function until(person: Person, peer: string, shown: RegExp): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { text } = await person.run(["read", peer], { terminal: true });
    if (shown.test(text)) return;
    assert.ok(tries < 100, text);
  }
}

test("the doctor says of a domain whether other servers can reach it, to scripts as a list, without an account", async (t) => {
  const network = await startTwo(t);
  const env = envOf(t, network);
  const nobody = personOf(t, env);
  const sound = await nobody.run(["doctor", "b.test"]);
  assert.equal(sound.code, 0);
  const [findings] = sound.lines as unknown as Record<string, unknown>[][];
  assert.ok(findings?.every(({ check, ok, message }) => check && ok === true && message));
  await network.node("b.test").close();
  const stopped = await nobody.run(["doctor", "b.test"]);
  assert.equal(stopped.code, 1);
  const [faults] = stopped.lines as unknown as Record<string, unknown>[][];
  assert.deepEqual(
    faults?.filter(({ ok }) => ok !== true).map(({ check, remedy }) => [check, typeof remedy]),
    [["connection", "string"]],
  );
  const typed = await nobody.run(["doctor", "b.test"], { terminal: true });
  assert.equal(typed.code, 1);
  assert.match(
    typed.text,
    /✗ connection +Port [0-9]+ of 127\.0\.0\.1 refuses connections\.\n +→ Let the server/,
  );
  assert.equal(errorOf(await nobody.run(["doctor", "no domain"])).code, "invalid_domain");
});

test("the doctor has a peer look at a domain that one names, and whoever asks for their own domain hears of that", async (t) => {
  const network = await startTwo(t);
  const env = envOf(t, network);
  const [alice, bob] = [await settle(t, "alice@a.test", env), await settle(t, "bob@b.test", env)];
  const last = async (person: Person, args: readonly string[], more: Env = {}) => {
    const { code, lines } = await person.run(["doctor", ...args], { env: more });
    const finding = (lines[0] as unknown as Record<string, unknown>[]).at(-1);
    return [code, finding?.check, finding?.message];
  };
  const unnamed = /^No peer was asked how it sees this domain\. --peer ADDRESS/;
  const own = await last(alice, ["a.test"]);
  assert.deepEqual(own.slice(0, 2), [0, "outside view"]);
  assert.match(String(own[2]), unnamed);
  assert.match(String((await last(bob, ["a.test"], { KEYPEARS_DOMAIN: "A.test" }))[2]), unnamed);
  assert.deepEqual((await last(bob, ["a.test"])).slice(0, 2), [0, "challenge"]);

  const peer = ["a.test", "--peer", "bob@b.test"];
  const reached = "b.test reaches a.test, and gets keys from it.";
  assert.deepEqual(await last(alice, peer), [0, "outside view", reached]);
  const end = network.wire.on("keys", (call) => call.fail("tls"));
  const [code, check, message] = await last(alice, peer);
  end();
  assert.deepEqual([code, check], [1, "outside view"]);
  assert.match(String(message), /^b\.test cannot reach a\.test: the certificate/);
  const typed = await alice.run(["doctor", "a.test", "--peer", "b.test"]);
  assert.deepEqual([typed.code, errorOf(typed).code], [1, "invalid_address"]);
});

test("whoever is looked up is asked for at their own domain too: where that shows other keys, it is a stop", async (t) => {
  const [network, other] = [await startTwo(t), await startTwo(t)];
  const env = envOf(t, network);
  const [alice, bob] = [await settle(t, "alice@a.test", env), await settle(t, "bob@b.test", env)];
  await settle(t, "bob@b.test", envOf(t, other));
  // Her server asks one b.test, her own machine finds another: one of the two is not who it should be.
  const elsewhere: Env = { ...envOf(t, network, other) };
  const places = String(elsewhere.KEYPEARS_FEDERATION_HOSTS).split(",");
  elsewhere.KEYPEARS_FEDERATION_HOSTS = [places[0], places[3]].join(",");

  const scripted = await alice.run(["lookup", "bob@b.test"], { env: elsewhere });
  assert.equal(scripted.code, 1);
  const { code, reason } = errorOf(scripted);
  assert.deepEqual([scripted.lines.length, code, reason], [1, "keys_fork", "directories"]);
  const typed = await alice.run(["lookup", "bob@b.test"], { env: elsewhere, terminal: true });
  assert.equal(typed.code, 1);
  assert.match(typed.text, /B\.TEST ITSELF SHOWS OTHER KEYS/);
  assert.match(typed.text, /safety number( [0-9]{5}){12}/);
  const sent = await alice.run(["send", "bob@b.test", "secret"], { env: elsewhere });
  assert.equal(errorOf(sent).code, "keys_fork");
  assert.deepEqual((await bob.run(["requests"])).lines, []);

  const dead = { ...env, KEYPEARS_FEDERATION_HOSTS: `${places[0]},b.test=127.0.0.1:1` };
  const alone = await alice.run(["lookup", "bob@b.test"], { env: dead });
  assert.deepEqual([alone.code, alone.lines[0]?.direct], [0, "connect"]);
});
