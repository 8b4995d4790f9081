/** The engine while its network and its server do what networks and servers do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fetch } from "@keypears/client";
import { follow, shown, startTown } from "./engines.ts";

test("a server that restarts while its users follow and write loses nothing and doubles nothing", async (t) => {
  const town = await startTown(t, { wire: "http" });
  const alice = await town.signUp("alice");
  const bob = await town.signUp("bob");
  await bob.client.messages.send({ to: alice.address, text: "write to me" });
  const atBob = follow(t, bob);
  const atAlice = follow(t, alice);
  await Promise.all([atBob.connection("live"), atAlice.connection("live")]);
  const written: string[] = [];
  for (let round = 0; round < 3; round++) {
    const sending: Promise<unknown>[] = [];
    for (let index = 0; index < 5; index++) {
      const text = `round ${round}, message ${index}`;
      written.push(text);
      sending.push(alice.client.messages.send({ to: bob.address, text }));
    }
    // While these are under way.
    await town.node.restart();
    await Promise.all(sending);
    await atBob.text(written.at(-1) as string);
  }
  assert.deepEqual(
    atBob.messages().map(({ text, missing }) => [text, missing.length]),
    written.map((text) => [text, 0]),
  );
  await atAlice.text(written.at(-1) as string);
  assert.deepEqual(
    atAlice.messages().map(({ text }) => text),
    written,
  );
  assert.deepEqual(await shown(bob, alice.address), [
    ["write to me", true],
    ...written.map((text) => [text, true]),
  ]);
  await Promise.all([atBob.connection("live"), atAlice.connection("live")]);
});

test("where event streams do not get through, new messages come by asking, and none is missed", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  let open = false;
  const withoutStreams: Fetch = async (url, init) => {
    if (!open && url.endsWith("/api/v1/events")) {
      return new Response("<h1>Bad gateway</h1>", { status: 502 });
    }
    return town.node.fetch(url, init);
  };
  const bob = await town.signUp("bob", withoutStreams);
  const atBob = follow(t, bob);
  await atBob.connection("polling");
  await alice.client.messages.send({ to: bob.address, text: "by asking" });
  await atBob.text("by asking");
  open = true;
  await atBob.connection("live");
  await alice.client.messages.send({ to: bob.address, text: "over the stream" });
  await atBob.text("over the stream");
  assert.deepEqual(
    atBob.messages().map(({ text }) => text),
    ["by asking", "over the stream"],
  );
});

test("a stream that is cut anywhere is taken up again where it was", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  // Every stream breaks after so many bytes, anew each time.
  let room = 300;
  const cutting: Fetch = async (url, init) => {
    const answer = await town.node.fetch(url, init);
    if (!url.endsWith("/api/v1/events") || answer.body === null) return answer;
    let left = (room += 777);
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) controller.error(new TypeError("cut"));
      },
    });
    return new Response(answer.body.pipeThrough(cut), answer);
  };
  const bob = await town.signUp("bob", cutting);
  const atBob = follow(t, bob);
  await atBob.connection("live");
  const written = Array.from({ length: 8 }, (_, index) => `message ${index}`);
  await bob.client.messages.send({ to: alice.address, text: "write to me" });
  for (const text of written) await alice.client.messages.send({ to: bob.address, text });
  await atBob.text("message 7");
  assert.deepEqual(
    atBob.messages().map(({ text }) => text),
    ["write to me", ...written],
  );
});

test("from a revision on, everything that came since is told, by as many streams as there are devices", async (t) => {
  const town = await startTown(t);
  const alice = await town.signUp("alice");
  const bob = await town.signUp("bob");
  await bob.client.messages.send({ to: alice.address, text: "write to me" });
  for (const text of ["one", "two", "three"]) {
    await alice.client.messages.send({ to: bob.address, text });
  }
  const [first, second] = [follow(t, bob, 0), follow(t, bob, 2)];
  await Promise.all([first.text("three"), second.text("three")]);
  assert.deepEqual(
    first.messages().map(({ text, direction }) => [text, direction]),
    [
      ["write to me", "sent"],
      ["one", "received"],
      ["two", "received"],
      ["three", "received"],
    ],
  );
  assert.deepEqual(
    second.messages().map(({ text }) => text),
    ["two", "three"],
  );
});
