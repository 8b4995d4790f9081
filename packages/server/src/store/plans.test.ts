import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompiledQuery, sql } from "kysely";
import { eraseMessages, lapseRequests } from "../jobs/mailboxes.ts";
import { accept } from "../procedures/messages/accept.ts";
import { block } from "../procedures/messages/block.ts";
import { decline } from "../procedures/messages/decline.ts";
import { listBlocks } from "../procedures/messages/list-blocks.ts";
import { listChanges } from "../procedures/messages/list-changes.ts";
import { listConversations } from "../procedures/messages/list-conversations.ts";
import { listMessages } from "../procedures/messages/list-messages.ts";
import { listRequests } from "../procedures/messages/list-requests.ts";
import { markRead } from "../procedures/messages/mark-read.ts";
import { unblock } from "../procedures/messages/unblock.ts";
import { addPerson, callOf, hand, openTestServer, pack, write } from "../testing/people.ts";
import { spyOnQueries } from "../testing/queries.ts";

/** What no query may do: walk a whole table, walk all messages of a mailbox, or sort what no index gives it in order. */
const costly =
  /^SCAN (?![0-9]+-ROW VALUES)|messages .*\((account_id|recipient_id)=\?\)$|USE TEMP B-TREE/;

test("no query of a mailbox costs more for other users or old messages: each is a search by index, none sorts", async (t) => {
  const server = await openTestServer(t);
  const { context, clock } = server;
  const [alice, bob, carol, dave] = [
    await addPerson(server, "alice@a.test"),
    await addPerson(server, "bob@a.test"),
    await addPerson(server, "carol@a.test"),
    await addPerson(server, "dave@a.test"),
  ];
  const queries = new Map<string, CompiledQuery>();
  spyOnQueries(context.store, (query) => void queries.set(query.sql, query));

  const peer = alice.address;
  const call = callOf(bob);
  const mortal = await pack(server, alice, bob, { deleteAfter: clock.time + 60_000 });
  await hand(server, alice, mortal);
  await hand(server, alice, mortal);
  await write(server, dave, bob);
  await write(server, dave, bob);
  await accept(context, call, { peer });
  await write(server, alice, bob);
  await write(server, carol, bob);
  await write(server, carol, bob);
  await listRequests(context, call, { limit: 10, before: 1_000 });
  await listConversations(context, call, { limit: 10, before: 1_000 });
  await listMessages(context, call, { peer, limit: 10, before: 1_000 });
  await listChanges(context, call, { after: 1 });
  await markRead(context, call, { peer, revision: 1 });
  await decline(context, call, { peer: carol.address });
  await block(context, call, { target: context.config.domain });
  await write(server, carol, bob);
  await listBlocks(context, call, {});
  await unblock(context, call, { target: context.config.domain });
  await block(context, call, { target: peer });
  await unblock(context, call, { target: peer });
  clock.time += 31 * 86_400_000;
  assert.equal(await lapseRequests(context), 3);
  assert.equal(await eraseMessages(context), 2);

  // A plan is made without values, and the planner has no statistics: it is the same for any amount of rows.
  assert(queries.size > 40, `${queries.size} queries`);
  const seen = [...queries.values()];
  for (const query of seen) {
    const plan = await sql<{
      detail: string;
    }>`explain query plan ${sql.raw(query.sql)}`.execute(context.store.db);
    for (const { detail } of plan.rows) {
      assert(!costly.test(detail), `${detail}\n${query.sql}`);
    }
  }
});
