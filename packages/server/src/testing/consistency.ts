/** For tests: that what mailboxes count is what is there. */
import assert from "node:assert/strict";
import type { Domain } from "@keypears/protocol";
import type { Store } from "../store/store.ts";

/** Fails unless every counter, marker and revision of every mailbox follows from its messages. */
export async function assertConsistent({ db }: Store): Promise<void> {
  const accounts = await db.selectFrom("accounts").select(["id", "revision"]).execute();
  const messages = await db.selectFrom("messages").selectAll().execute();
  const conversations = await db.selectFrom("conversations").selectAll().execute();
  const accepted = await db.selectFrom("accepted_messages").selectAll().execute();
  const waiting = await db.selectFrom("waiting").selectAll().execute();
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

  for (const row of conversations) {
    const name = `${row.account_id} with ${row.peer}`;
    const own = messages.filter((it) => it.account_id === row.account_id && it.peer === row.peer);
    const received = own.filter((it) => it.direction === "received");
    const ids = new Set(received.map((it) => hex(it.id)));
    const waits = accepted.filter(
      (it) =>
        it.recipient_id === row.account_id && it.sender === row.peer && it.waits_until !== null,
    );
    const kept = waits.filter((it) => ids.has(hex(it.id))).length;
    assert.equal(row.waiting, kept, `waiting of ${name}`);
    assert.equal(row.waiting_dropped, waits.length - kept, `dropped of ${name}`);
    assert(waits.length <= 5, `more than five wait: ${name}`);
    if (row.accepted === 1) assert.equal(waits.length, 0, `accepted and waiting: ${name}`);
    const unread = received.filter((it) => it.revision > row.read_revision).length;
    assert.equal(row.unread, unread, `unread of ${name}`);
    const latest = Math.max(0, ...own.map((it) => it.revision));
    assert.equal(row.last_revision, latest, `latest of ${name}`);
    assert(row.changed >= latest, `change of ${name}`);
  }

  for (const { id, revision } of accounts) {
    const rows = conversations.filter((it) => it.account_id === id);
    const counts = new Map<Domain | "", number>();
    for (const row of rows) {
      const count = row.waiting + row.waiting_dropped;
      if (count === 0) continue;
      counts.set(row.peer_site, (counts.get(row.peer_site) ?? 0) + count);
      counts.set("", (counts.get("") ?? 0) + count);
    }
    const stored = waiting.filter((it) => it.account_id === id);
    assert.deepEqual(new Map(stored.map((it) => [it.site, it.waiting])), counts);
    // One message and one conversation at most share a revision.
    for (const list of [messages.filter((it) => it.account_id === id), rows]) {
      const changed = list.map((it) => it.changed).filter((it) => it > 0);
      assert.equal(new Set(changed).size, changed.length, "a revision is used twice");
      for (const one of changed) assert(one <= revision, "a change lies beyond the revision");
    }
  }
}
