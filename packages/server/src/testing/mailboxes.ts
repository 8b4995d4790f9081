/** For tests: a real store in a folder of its own, with mailboxes that nobody has had to register for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Address, type Bytes, parseAddress } from "@keypears/protocol";
import { Store } from "../store/store.ts";

/** A clock that stands still until it is moved. */
export interface TestClock {
  time: number;
}

export async function openTestStore(
  t: TestContext,
  clock: TestClock = { time: 1_763_942_520_000 },
): Promise<{ store: Store; clock: TestClock; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-mailboxes-"));
  const file = join(folder, "keypears.db");
  const store = await Store.open({ file, now: () => clock.time });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return { store, clock, file };
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
}

export function filled(length: number, byte: number): Bytes {
  return new Uint8Array(length).fill(byte);
}

/** A mailbox without keys, for what does not look at them. */
export async function insertMailbox(store: Store, name: string): Promise<number> {
  return store.transaction(async (tx) => {
    const { insertId } = await tx
      .insertInto("accounts")
      .values({
        address: address(name),
        created_at: 0,
        kdf_suite: 1,
        password_generation: 1,
        verifier: filled(32, 1),
        verifier_salt: filled(16, 1),
        active_number: 1,
        active_hash: filled(32, 1),
        first_record_hash: filled(32, 1),
        revision: 0,
        price_first_contact: null,
        price_message: null,
      })
      .executeTakeFirstOrThrow();
    return Number(insertId);
  });
}
