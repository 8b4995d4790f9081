import assert from "node:assert/strict";
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Profile } from "./profile.ts";
import { ProfileStore } from "./stores.ts";

function home(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-home-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a profile gives back what it was given, bytes too, and is readable by its owner only", async (t) => {
  const folder = home(t);
  const profile = new Profile(folder, "alice");
  assert.equal(await profile.read(), null);
  await profile.create(() => ({ token: new Uint8Array([1, 2, 255]), text: "hello" }));
  const members = await new Profile(folder, "alice").read();
  assert.deepEqual(members, { token: new Uint8Array([1, 2, 255]), text: "hello" });
  assert.equal(statSync(join(folder, "alice")).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, "alice", "profile.json")).mode & 0o777, 0o600);
});

test("a profile that others can read is refused", async (t) => {
  const folder = home(t);
  const profile = new Profile(folder, "alice");
  await profile.create(() => ({ token: "x" }));
  const file = join(folder, "alice", "profile.json");
  for (const [path, mode, good] of [
    [file, 0o644, 0o600],
    [file, 0o620, 0o600],
    [join(folder, "alice"), 0o750, 0o700],
  ] as const) {
    chmodSync(path, mode);
    await assert.rejects(profile.read(), { code: "profile_exposed" });
    chmodSync(path, good);
  }
  assert.deepEqual(await profile.read(), { token: "x" });
});

test("changes made at once are all kept, and leave no other file behind", async (t) => {
  const folder = home(t);
  await new Profile(folder, "alice").create(() => ({}));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      new Profile(folder, "alice").change((members) => ({ ...members, [`key${i}`]: i })),
    ),
  );
  const members = await new Profile(folder, "alice").read();
  assert.equal(Object.keys(members ?? {}).length, 20);
  assert.deepEqual(readdirSync(join(folder, "alice")), ["profile.json"]);
});

test("a change that comes after the deletion brings nothing back", async (t) => {
  const folder = home(t);
  const profile = new Profile(folder, "alice");
  await profile.create(() => ({ token: "secret" }));
  await profile.delete();
  await profile.change((members) => ({ ...members, pin: 1 }));
  assert.equal(await profile.read(), null);
  assert.deepEqual(readdirSync(folder), []);
});

test("a damaged profile is named as such, and kept", async (t) => {
  const folder = home(t);
  const profile = new Profile(folder, "alice");
  await profile.create(() => ({ token: "secret" }));
  writeFileSync(join(folder, "alice", "profile.json"), "{");
  await assert.rejects(profile.read(), { code: "profile_damaged" });
  assert.equal(readFileSync(join(folder, "alice", "profile.json"), "utf8"), "{");
});

test("a profile's name cannot lead out of its folder", () => {
  for (const name of ["..", ".", "a/b", "", "-x", "a\u0000"]) {
    assert.throws(() => new Profile("/nowhere", name), { name: "UsageError" });
  }
});

test("whoever logs in again on a device keeps what it knew of others, and somebody else gets nothing of it", async (t) => {
  const profile = new Profile(home(t), "alice");
  const store = new ProfileStore(profile, "http://localhost:3000");
  await store.begin({ account: 1, pins: "bob's keys" }, { keep: false });
  await store.begin({ account: 2 }, { keep: true });
  assert.deepEqual([await store.read("account"), await store.read("pins")], [2, "bob's keys"]);
  await store.begin({ account: 3 }, { keep: false });
  assert.deepEqual([await store.read("account"), await store.read("pins")], [3, undefined]);
});

test("a damaged profile is begun anew by whoever logs in", async (t) => {
  const folder = home(t);
  const profile = new Profile(folder, "alice");
  await profile.create(() => ({}));
  writeFileSync(join(folder, "alice", "profile.json"), "{");
  await new ProfileStore(profile, "http://localhost:3000").begin({ account: 1 }, { keep: true });
  assert.deepEqual(await profile.read(), {
    server: "http://localhost:3000",
    values: { account: 1 },
  });
});
