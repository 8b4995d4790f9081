import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sql } from "kysely";
import { type Queries, Store } from "./store.ts";

async function openStore(t: TestContext): Promise<{ store: Store; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-store-"));
  const file = join(folder, "keypears.db");
  const store = await Store.open({ file, now: () => 1_000 });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return { store, file };
}

function insertClaim(tx: Queries, byte: number) {
  const seed = new Uint8Array(32).fill(byte);
  return tx
    .insertInto("claims")
    .values({
      seed,
      binding: seed,
      state: "claimed",
      lease_until: 0,
      claimed_at: 0,
      purge_after: 0,
    })
    .execute();
}

async function claims(store: Store): Promise<number[]> {
  const rows = await store.db.selectFrom("claims").select("seed").orderBy("seed").execute();
  return rows.map((row) => row.seed[0] as number);
}

test("callers who come together share a commit, and the failure of one undoes only what that one wrote", async (t) => {
  const { store } = await openStore(t);
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map((byte) =>
      store.transaction(async (tx) => {
        await insertClaim(tx, byte);
        if (byte === 2) throw new Error("changed its mind");
        if (byte === 3) await insertClaim(tx, 1);
        return byte;
      }),
    ),
  );
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "rejected", "fulfilled"],
  );
  assert.deepEqual(await claims(store), [1, 4]);
});

test("a reader sees nothing of a transaction before it is committed", async (t) => {
  const { store } = await openStore(t);
  await store.transaction(async (tx) => {
    await insertClaim(tx, 1);
    assert.deepEqual(await claims(store), []);
  });
  assert.deepEqual(await claims(store), [1]);
});

test("every commit is flushed to disk, and the file is its owner's only", async (t) => {
  const { store, file } = await openStore(t);
  await store.transaction(async (tx) => {
    const mode = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(tx);
    const flush = await sql<{ synchronous: number }>`pragma synchronous`.execute(tx);
    assert.equal(mode.rows[0]?.journal_mode, "wal");
    assert.equal(flush.rows[0]?.synchronous, 2);
  });
  for (const part of [file, `${file}-wal`]) assert.equal(statSync(part).mode & 0o777, 0o600);
});

test("the reading side cannot write", async (t) => {
  const { store } = await openStore(t);
  await assert.rejects(insertClaim(store.db, 1), /readonly/);
});

test("a database is opened again as it was, and refused when a later version has used it", async (t) => {
  const { store, file } = await openStore(t);
  await store.transaction((tx) => insertClaim(tx, 7));
  const again = await Store.open({ file, now: () => 2_000 });
  assert.deepEqual(await claims(again), [7]);
  await again.transaction((tx) =>
    tx.insertInto("migrations").values({ name: "9999-from-the-future", run_at: 0 }).execute(),
  );
  await again.close();
  await assert.rejects(Store.open({ file, now: () => 3_000 }), /later version/);
});

test("closing finishes what is under way and refuses what comes after", async (t) => {
  const { store, file } = await openStore(t);
  const written = store.transaction((tx) => insertClaim(tx, 5));
  await store.close();
  await written;
  await assert.rejects(
    store.transaction((tx) => insertClaim(tx, 6)),
    /closed/,
  );
  const again = await Store.open({ file, now: () => 2_000 });
  assert.deepEqual(await claims(again), [5]);
  await again.close();
});
