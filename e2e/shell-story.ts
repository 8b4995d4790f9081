/**
 * The main job across domains, as two people do it on the command line: a request, an answer, new messages at once, and the whole
 * history elsewhere; and that their servers learn who and when, never what.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { type Person, type ServerProcess, eventually } from "./processes.ts";
import { type Secret, findSecrets, folderContents, profileSecrets, secretText } from "./secrets.ts";

/** As long as a pending message may take, once its peer is back. */
export const SOON = 90_000;

type Line = Record<string, unknown>;

/** One of the two, who has no account yet. */
export interface Teller {
  readonly address: string;
  readonly person: Person;
  readonly password: string;
  /** Another device of theirs. */
  readonly elsewhere: Person;
  readonly server: ServerProcess;
}

/** Sends, and waits until the sender sees that it has arrived. */
export async function deliver(from: Person, to: string, text: string): Promise<void> {
  const [sent] = await from.ok("send", to, text);
  assert.match(String(sent?.state), /^(pending|delivered)$/);
  const { state } = await outcome(from, to, text);
  assert.equal(state, "delivered");
}

/** How the sender sees a message once it is delivered or failed. */
export function outcome(from: Person, to: string, text: string): Promise<Line> {
  return eventually(SOON, async () => {
    const line = (await from.ok("read", to)).findLast((one) => one.text === text);
    return line === undefined || line.state === "pending" ? null : line;
  });
}

/** Two people of different domains meet. Gives what nobody else may know of it. */
export async function tellStory(t: TestContext, a: Teller, b: Teller): Promise<Secret[]> {
  const [alice, bob] = [a.person, b.person];
  assert.equal((await alice.ok("signup", a.address))[0]?.server, a.server.url);
  const inCapitals = b.address.toUpperCase();
  assert.equal((await bob.ok("signup", inCapitals))[0]?.server, b.server.url);

  // Alice looks Bob up and writes; Bob finds a request.
  const [found] = await alice.ok("lookup", b.address);
  assert.deepEqual(
    [found?.address, (found?.records as unknown[] | undefined)?.length, found?.direct],
    [b.address, 1, "same"],
  );
  assert.match(String(found?.safetyNumber), /^[0-9]{60}$/);
  await deliver(alice, b.address, "Are you there?");
  assert.deepEqual(await bob.ok("inbox"), []);
  const [request] = await bob.ok("requests");
  assert.equal(request?.address, a.address);

  // Bob looks the request up before he answers, and they see one safety number.
  const [back] = await bob.ok("lookup", a.address);
  assert.equal(back?.safetyNumber, found?.safetyNumber);
  const [first] = await bob.ok("read", a.address);
  assert.deepEqual(
    ["text", "from", "to", "type", "direction", "verified"].map((name) => first?.[name]),
    ["Are you there?", a.address, b.address, "text", "received", true],
  );
  await bob.ok("accept", a.address);
  assert.deepEqual(await bob.ok("requests"), []);
  assert.equal((await bob.ok("inbox"))[0]?.address, a.address);

  // Both see new messages at once.
  const atAlice = alice.follow(t, b.address);
  const atBob = bob.follow(t, a.address);
  await Promise.all([atAlice.text("Are you there?"), atBob.text("Are you there?")]);
  await bob.ok("send", a.address, "Yes. Writing from here.");
  assert.equal((await atAlice.text("Yes. Writing from here.")).verified, true);
  await alice.ok("send", b.address, "Grüße — 你好 🍐");
  assert.equal((await atBob.text("Grüße — 你好 🍐")).direction, "received");
  const piped = await bob.run(["send", a.address], "two lines\n  and a tail \n");
  assert.equal(piped.code, 0);
  await atAlice.text("two lines\n  and a tail \n");
  await Promise.all([atAlice.stop(), atBob.stop()]);
  const hits = await alice.ok("search", "writing FROM");
  assert.deepEqual(
    hits.map((hit) => hit.text),
    ["Yes. Writing from here."],
  );

  // Log out: nothing is left to read with. Log in elsewhere: everything opens, and has arrived.
  await alice.ok("logout");
  assert.equal(await alice.fails("read", b.address), "not_logged_in");
  await a.elsewhere.ok("login", a.address);
  const history = await eventually(SOON, async () => {
    const lines = await a.elsewhere.ok("read", b.address, "--limit", "1000");
    return lines.some((line) => line.state === "pending") ? null : lines;
  });
  assert.deepEqual(
    history.map((line) => [line.direction, line.text, line.verified, line.state]),
    [
      ["sent", "Are you there?", true, "delivered"],
      ["received", "Yes. Writing from here.", true, "delivered"],
      ["sent", "Grüße — 你好 🍐", true, "delivered"],
      ["received", "two lines\n  and a tail \n", true, "delivered"],
    ],
  );
  const secrets = [
    ...["Are you there?", "Yes. Writing from here.", "Grüße — 你好 🍐", "and a tail"].map((text) =>
      secretText(`the message "${text}"`, text),
    ),
    secretText("Alice's password", a.password),
    secretText("Bob's password", b.password),
    ...profileSecrets(a.elsewhere.home, "alice"),
    ...profileSecrets(bob.home, "bob"),
  ];
  assert(secrets.length >= 12);
  // The search that follows is not blind.
  assert.notDeepEqual(findSecrets(secrets, folderContents(bob.home)), []);
  return secrets;
}

/** Looks for secrets in what servers keep, running and stopped, and in what they have logged, where no address stands either. */
export async function assertKeptSecret(
  servers: readonly ServerProcess[],
  secrets: readonly Secret[],
  addresses: readonly string[],
): Promise<void> {
  const names = addresses
    .flatMap((address) => [address.replace(/@.*/, "@"), address.replace(/.*@/, "") + "/"])
    .map((name) => secretText(name, name));
  for (const server of servers) {
    assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
    assert.equal(await server.stop(), 0);
    const log = server.log().replace(/^KeyPears is at .*$/m, "");
    assert.match(log, /federation\/(notify|pull)/);
    assert.deepEqual(findSecrets([...secrets, ...names], new Map([["log", Buffer.from(log)]])), []);
    assert.deepEqual(findSecrets(secrets, folderContents(server.data)), []);
  }
}
