/** The echo account of another domain, over real TLS, for whoever has a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, startTown } from "./processes.ts";
import { newPerson } from "./web-person.ts";
import { assertNoProblem } from "./web-profile.ts";

const ECHO = "echo@a.test";
/** Signing an account up takes the echo account some seconds; an answer, a look-up across servers and a delivery. */
const PATIENCE_MILLISECONDS = 60_000;

test("whoever writes to the echo account of another domain in the app sees the answer come by itself, genuine, at both widths", async (t) => {
  const town = await startTown(t, ["a.test", "b.test"], { env: { KEYPEARS_ECHO: "echo" } });
  const server = town.server("b.test");
  await eventually(PATIENCE_MILLISECONDS, async () =>
    town.server("a.test").log().includes("the echo account is ready") ? true : null,
  );
  for (const [name, width] of [
    ["bob", 1280],
    ["carla", 390],
  ] as const) {
    const address = `${name}@b.test`;
    const text = `Is anybody there? ${name}`;
    const person = await newPerson(t, {
      ...{ folder: town.folder, hosts: town.env["KEYPEARS_FEDERATION_HOSTS"] },
      ...{ address, url: server.url, width },
    });
    person.page.setDefaultTimeout(PATIENCE_MILLISECONDS);
    await person.signUp();
    await person.lookUp(ECHO);
    await person.send(text);
    await person.seesDelivered(text);
    // Nobody does anything, and it is there: under her own message, with nothing that casts doubt on it.
    const answer = person.bubble(text).filter({ hasText: `${ECHO} wrote:` });
    await person.sees(answer);
    const bubbles = person.bubble(text);
    assert.deepEqual(
      [
        await bubbles.count(),
        (await bubbles.allInnerTexts()).map((one) => /^(\S+) wrote:/.exec(one)?.[1]),
      ],
      [2, ["You", ECHO]],
    );
    assert.doesNotMatch(await answer.innerText(), /Not verified/);
    await person.looksAt("a conversation with an echo account");
    await person.toList();
    await person.sees(person.row(ECHO).filter({ hasText: text }));
    await person.looksAt("the list with an echo account");

    // The same two are there on another device, where scripts see which message the answer answers.
    const shell = town.person(address, { password: person.password });
    await shell.ok("login", address);
    const [sent, received, ...more] = await shell.ok("read", ECHO);
    assert.deepEqual(
      [sent, received].map((line) => [line?.direction, line?.text, line?.verified]),
      [
        ["sent", text, true],
        ["received", text, true],
      ],
    );
    assert.deepEqual([received?.ref, more], [sent?.id, []]);
    await person.openConversation(ECHO);
    await person.page.reload();
    await person.sees(answer);
    assert.equal(await bubbles.count(), 2);
    assertNoProblem(person.profile);
  }
});
