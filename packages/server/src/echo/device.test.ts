import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeId } from "@keypears/protocol";
import { random } from "../testing/people.ts";
import { address } from "../testing/values.ts";
import { EchoDevice, ExposedFile } from "./device.ts";

const echo = address("echo@a.test");

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), "keypears-echo-"));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

function open(t: TestContext, dataFolder = folder(t)): EchoDevice {
  const device = EchoDevice.open(dataFolder, echo);
  t.after(() => device.close());
  return device;
}

test("what was kept is there after a restart: values with their bytes, the password, what waits, how far it was looked", async (t) => {
  const dataFolder = folder(t);
  const first = EchoDevice.open(dataFolder, echo);
  const value = { token: random(32), keys: [{ number: 1, signing: random(138) }], note: "ü" };
  await first.begin({ account: value }, { keep: false });
  await first.change("account", (before) => ({ ...(before as object), number: 2 }));
  await first.keepPassword("a password");
  await first.keepLooked(7);
  const waits = [3, 2].map((revision) => ({
    ...{ peer: address("bob@b.test"), id: makeId(revision, random(10)), revision },
    receivedAt: 1_763_942_520_000,
  }));
  for (const one of waits) await first.keepWaiting(one);
  await first.keepWaiting(waits[0] as (typeof waits)[number]);
  first.close();

  const second = open(t, dataFolder);
  assert.deepEqual(await second.read("account"), { ...value, number: 2 });
  assert.deepEqual([second.password(), second.looked()], ["a password", 7]);
  assert.deepEqual(second.waiting(), waits.toReversed());
  await second.dropWaiting(waits[1] as (typeof waits)[number]);
  assert.deepEqual(second.waiting(), waits.slice(0, 1));
});

test("an account begins and ends as a whole: nothing is kept before, nothing after, and the password outlives it", async (t) => {
  const device = open(t);
  await device.change("keys/bob@b.test", () => "too early");
  assert.equal(await device.read("keys/bob@b.test"), undefined);
  await device.keepPassword("a password");
  await device.begin({ account: 1, "keys/bob@b.test": 2 }, { keep: false });
  await device.begin({ account: 3 }, { keep: true });
  assert.deepEqual([await device.read("account"), await device.read("keys/bob@b.test")], [3, 2]);
  await device.begin({ account: 4 }, { keep: false });
  assert.deepEqual(
    [await device.read("account"), await device.read("keys/bob@b.test")],
    [4, undefined],
  );
  await device.clear();
  await device.change("account", () => 5);
  assert.equal(await device.read("account"), undefined);
  assert.equal(device.password(), "a password");
});

test("a change that fails changes nothing", async (t) => {
  const device = open(t);
  await device.begin({ account: 1 }, { keep: false });
  const failing = device.change("account", () => {
    throw new RangeError("no");
  });
  await assert.rejects(failing, RangeError);
  await device.change("account", (before) => (before as number) + 1);
  assert.equal(await device.read("account"), 2);
});

test("the keys of the 10 000 peers that were used last are remembered, and whatever else there is", async (t) => {
  const device = open(t);
  const peers = Array.from({ length: 10_000 }, (_, number) => [`keys/${number}@b.test`, number]);
  await device.begin({ account: 1, ...Object.fromEntries(peers) }, { keep: false });
  // Used again, so not the longest unused any more.
  await device.change("keys/0@b.test", (before) => before);
  await device.change("keys/new@b.test", () => "new");
  const names = ["account", "keys/0@b.test", "keys/1@b.test", "keys/2@b.test", "keys/new@b.test"];
  const found = await Promise.all(names.map((name) => device.read(name)));
  assert.deepEqual(found, [1, 0, undefined, 2, "new"]);
});

test("its owner alone can read the file; one that others can read is refused", (t) => {
  const dataFolder = folder(t);
  EchoDevice.open(dataFolder, echo).close();
  const file = join(dataFolder, "echo", "echo@a.test.db");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(dataFolder, "echo")).mode & 0o777, 0o700);
  chmodSync(file, 0o640);
  assert.throws(() => EchoDevice.open(dataFolder, echo), ExposedFile);
  chmodSync(file, 0o600);
  chmodSync(join(dataFolder, "echo"), 0o755);
  assert.throws(() => EchoDevice.open(dataFolder, echo), ExposedFile);
});

test("each name is an account of its own, which goes on when the name is set again", async (t) => {
  const dataFolder = folder(t);
  const device = open(t, dataFolder);
  await device.keepPassword("of echo");
  const other = EchoDevice.open(dataFolder, address("ping@a.test"));
  t.after(() => other.close());
  assert.equal(other.password(), null);
  assert.equal(open(t, dataFolder).password(), "of echo");
});
