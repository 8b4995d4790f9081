/** The echo account, over real servers that federate by TLS, for people with nothing but the command line. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Person, startTown } from "./processes.ts";

const echo = "echo@a.test";
/** How often it is looked whether an answer is there: each look is a command of its own. */
const MOST_LOOKS = 60;

/** The answers that somebody has to a message of this text, once there is one. */
async function answersTo(
  person: Person,
  text: string,
): Promise<readonly Record<string, unknown>[]> {
  for (let looks = 1; ; looks++) {
    const lines = await person.ok("read", echo);
    const sent = lines.filter((line) => line.direction === "sent" && line.text === text);
    const answers = lines.filter((line) => sent.some(({ id }) => line.ref === id));
    if (answers.length > 0) return answers;
    assert(looks < MOST_LOOKS, `${text}: no answer in ${JSON.stringify(lines)}`);
  }
}

test("whoever writes to the echo account is answered, across servers and over stops and kills, once", async (t) => {
  const town = await startTown(t, ["a.test", "b.test"], { env: { KEYPEARS_ECHO: "echo" } });
  const [alice, bob] = [town.person("alice@a.test"), town.person("bob@b.test")];
  await alice.ok("signup", "alice@a.test");
  await bob.ok("signup", "bob@b.test");
  assert.equal(await town.person(echo).fails("signup", echo), "address_reserved");

  const texts = ["Is anybody there?"];
  for (const person of [alice, bob]) {
    await person.ok("send", echo, "Is anybody there?");
    const [answer] = await answersTo(person, "Is anybody there?");
    assert.deepEqual(
      [answer?.text, answer?.from, answer?.verified, answer?.direction],
      ["Is anybody there?", echo, true, "received"],
    );
  }
  const file = join(town.server("a.test").data, "echo", `${echo}.db`);
  assert.equal(statSync(file).mode & 0o777, 0o600);

  // It is killed after several things that it does to answer, and is started again.
  assert.equal(await town.server("a.test").stop(), 0);
  for (const [step, person] of [
    [4, alice],
    [7, bob],
    [9, alice],
  ] as const) {
    const server = await town.start("a.test", { killAt: `echo:${step}` });
    const text = `Killed after ${step}`;
    // The command may itself be cut off by that; then its message was taken or was not.
    const { code } = await person.run(["send", echo, text]);
    assert.equal(await server.ended, null);
    const again = await town.start("a.test");
    if (code !== 0) await person.ok("send", echo, text);
    await answersTo(person, text);
    assert.equal(await again.stop(), 0);
    texts.push(text);
  }
  await town.start("a.test");
  for (const person of [alice, bob]) {
    for (const text of texts) {
      const lines = await person.ok("read", echo, "--limit", "1000");
      for (const { id } of lines.filter(
        (line) => line.direction === "sent" && line.text === text,
      )) {
        assert.equal(lines.filter(({ ref }) => ref === id).length, 1, text);
      }
    }
  }
  assert.doesNotMatch(town.server("a.test").log(), /alice@|bob@|Killed after/);
});
