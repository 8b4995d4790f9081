import assert from "node:assert/strict";
import { test } from "node:test";
import { contract } from "@keypears/api";
import { call, reach, sessionOf } from "../../testing/calls.ts";
import { addPerson, openTestServer } from "../../testing/people.ts";
import { address, filled } from "../../testing/values.ts";

test("published records come in order, a hundred a page, from any number on, by either way", async (t) => {
  const server = await openTestServer(t);
  const alice = await addPerson(server, "alice@a.test");
  const { token } = await sessionOf(server, alice);
  const { accountId } = alice.session;
  await server.context.store.transaction(async (tx) => {
    for (let number = 2; number <= 201; number++) {
      const record = filled(40, number % 256);
      await tx
        .insertInto("key_records")
        .values({
          account_id: accountId,
          number,
          record,
          hash: filled(32, number % 256),
          possession: null,
          continuity: null,
        })
        .execute();
    }
  });
  const web = reach(server);
  const pages = { keys: contract.keys.listRecords, directory: contract.directory.lookUp };
  for (const procedure of Object.values(pages)) {
    const sizes: (number | null)[][] = [];
    const seen: number[] = [];
    for (let from: number | null | undefined; from !== null;) {
      const input = { address: alice.address, ...(from === undefined ? {} : { from }) };
      const { output } = await call(web, procedure, input, token);
      assert(output);
      sizes.push([output.records.length, output.next]);
      seen.push(...output.records.map(({ record }) => record[0] ?? 0));
      from = output.next;
    }
    assert.deepEqual(sizes, [
      [100, 101],
      [100, 201],
      [1, null],
    ]);
    assert.deepEqual(
      seen.slice(1),
      Array.from({ length: 200 }, (_, index) => (index + 2) % 256),
    );
    const beyond = await call(web, procedure, { address: alice.address, from: 202 }, token);
    assert.deepEqual([beyond.output?.records, beyond.output?.next], [[], null]);
    const nobody = await call(web, procedure, { address: address("nobody@a.test") }, token);
    assert.equal(nobody.error?.code, "no_such_user");
  }
});
