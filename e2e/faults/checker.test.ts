/** The checker finds what is wrong: a small exchange that went well, and what somebody then does to the servers' files. */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after as atEnd, before, test } from "node:test";
import { createNodeMiner } from "@keypears/pow5/node";
import { parseAddress } from "@keypears/protocol";
import { Chance, startNetwork } from "@keypears/server/testing/network";
import { type Lasting, temporaryFolder } from "../processes.ts";
import { type Evidence, type Finding, check } from "./checker.ts";
import { Person, World } from "./people.ts";
import type { Written } from "./record.ts";

const domains = ["a.test", "b.test"] as const;
type Side = "a" | "b";

let evidence: Evidence;

/** Until the last test has looked at it. */
const folder = temporaryFolder({ after: (work) => atEnd(work as () => void) });

before(async () => {
  const dataFolders = domains.map((domain) => join(folder, domain));
  const network = await startNetwork(domains, { dataFolders, hurry: 20 });
  const miner = createNodeMiner({ threads: 1 });
  const world = new World();
  const [ann, bob] = domains.map((domain, index) => {
    const address = parseAddress(`${index === 0 ? "ann" : "bob"}@${domain}`);
    assert(address);
    const { url: origin, fetch } = network.node(domain);
    const chance = new Chance(address);
    return new Person({
      address,
      origin,
      fetch: (url, init) => fetch(url, init),
      world,
      miner,
      chance,
    });
  });
  assert(ann && bob);
  await Promise.all([ann, bob].map((person) => person.signUp()));
  for (const person of [ann, bob]) person.follow();
  for (let count = 1; count <= 4; count++) {
    await ann.write(bob.address, `${count} of Ann`);
    await bob.write(ann.address, `${count} of Bob`);
  }
  for (;;) {
    const all = [ann, bob].flatMap((person) => person.pending());
    const heard = ann.heard.length + bob.heard.length;
    if (all.length === 0 && heard === 8) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all([ann, bob].map((person) => person.stop()));
  miner.close();
  await network.close();
  evidence = {
    written: [...ann.written, ...bob.written],
    heard: [...ann.heard, ...bob.heard],
    mailboxes: await Promise.all(
      [ann, bob].map(async (person, index) => ({
        owner: person.address,
        file: join(dataFolders[index] ?? "", "keypears.db"),
        keys: await person.keys(),
      })),
    ),
    now: world.now(),
  };
});

/** What is found when one server's file was changed. */
async function after(t: Lasting, side: Side, sql: string): Promise<Finding[]> {
  const folder = temporaryFolder(t);
  const mailboxes = evidence.mailboxes.map((mailbox, index) => {
    const file = join(folder, `${domains[index]}.db`);
    copyFileSync(mailbox.file, file);
    if (domains[index] !== `${side}.test`) return { ...mailbox, file };
    const db = new DatabaseSync(file);
    db.exec(sql);
    assert(Number((db.prepare("select total_changes() as n").get() as { n: number }).n) > 0);
    db.close();
    return { ...mailbox, file };
  });
  return check({ ...evidence, mailboxes });
}

/** What is found when one message's writer had been told something else. */
function told(text: string, change: (written: Written) => Written): Promise<Finding[]> {
  const written = evidence.written.map((one) => (one.text === text ? change(one) : one));
  return check({ ...evidence, written });
}

const kinds = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.map(({ kind }) => kind))].toSorted();

const received = "direction = 'received'";
const nth = (direction: string, n: number): string =>
  `revision = (select revision from messages where direction = '${direction}' order by revision limit 1 offset ${n - 1})`;
const columns =
  "id, peer, direction, hash, header, box, signature, received_at, state, step, reason, delete_after";

test("where all went well nothing is found", async () => {
  assert.equal(evidence.written.length, 8);
  assert.deepEqual(await check(evidence), []);
});

test("a message that is gone at its recipient is lost", async (t) => {
  const findings = await after(t, "b", `delete from messages where ${nth("received", 2)}`);
  assert.deepEqual(kinds(findings), ["lost"]);
  assert(findings.some(({ what }) => what.startsWith("2 of Ann: told delivered")));
});

test("a message that is gone at its sender is lost", async (t) => {
  const findings = await after(t, "a", `delete from messages where ${nth("sent", 3)}`);
  assert.deepEqual(kinds(findings), ["lost"]);
  assert(findings.some(({ what }) => what.startsWith("3 of Ann: acknowledged")));
});

test("a message that is there twice is doubled", async (t) => {
  const again = `insert into messages (account_id, revision, changed, ${columns})
    select account_id, 1000, 1000, ${columns} from messages where ${nth("received", 2)}`;
  const findings = await after(t, "b", again);
  assert(
    findings.some(({ kind, what }) => kind === "doubled" && what.startsWith("2 of Ann: 2 times")),
  );
});

test("two messages that have changed places are out of order", async (t) => {
  const [one, other] = [nth("received", 2), nth("received", 3)];
  const swap = `create temp table places as select
      (select revision from messages where ${one}) as one, (select revision from messages where ${other}) as other;
    update messages set revision = -1 where revision = (select one from places);
    update messages set revision = (select one from places) where revision = (select other from places);
    update messages set revision = (select other from places) where revision = -1`;
  const findings = await after(t, "b", swap);
  assert(findings.some(({ kind, what }) => kind === "order" && what.startsWith("3 of Ann")));
  const atSender = await after(t, "a", swap.replaceAll("'received'", "'sent'"));
  assert(atSender.some(({ kind, what }) => kind === "order" && what.includes("was there earlier")));
});

test("a message that cannot be opened, or is another one, is found", async (t) => {
  const broken = await after(
    t,
    "b",
    `update messages set box = zeroblob(length(box)) where ${nth("received", 1)}`,
  );
  assert.deepEqual(kinds(broken), ["changed", "lost"]);
  const hash = await after(
    t,
    "b",
    `update messages set hash = zeroblob(32) where ${nth("received", 1)}`,
  );
  assert.deepEqual(kinds(hash), ["changed"]);
  const other = await after(
    t,
    "b",
    `update messages set (header, box, hash, signature) =
      (select header, box, hash, signature from messages where ${nth("received", 1)}) where ${nth("received", 2)}`,
  );
  assert(kinds(other).includes("lost"));
});

test("a message that has not ended, or not as its sender was told, is found", async (t) => {
  const pending = await after(
    t,
    "a",
    `update messages set state = 'pending' where ${nth("sent", 1)}`,
  );
  assert.deepEqual(kinds(pending), ["unended", "untold"]);
  const silent = await after(
    t,
    "a",
    `update messages set state = 'failed' where ${nth("sent", 1)}`,
  );
  assert(silent.some(({ what }) => what === "1 of Ann: failed without a reason"));
  const refused = await after(
    t,
    "a",
    `update messages set state = 'failed', reason = 'stale_key' where ${nth("sent", 1)}`,
  );
  assert(
    refused.some(({ what }) => what === "1 of Ann: failed as stale_key, and at its recipient"),
  );
  const back = await told("1 of Ann", (one) => ({
    ...one,
    told: [...one.told, { state: "failed", reason: "timeout", changed: 10_000 }],
  }));
  assert.deepEqual(kinds(back), ["changed", "untold"]);
});

test("what nobody wrote, nobody heard of, or was heard of and is not there, is found", async (t) => {
  const unwritten = await told("2 of Bob", (one) => ({
    ...one,
    id: evidence.written[0]?.id ?? one.id,
  }));
  assert(kinds(unwritten).includes("unwritten"));
  const [first, ...others] = evidence.heard;
  assert(first);
  assert.deepEqual(kinds(await check({ ...evidence, heard: others })), ["untold"]);
  const ghost = { ...first, revision: 999 };
  assert.deepEqual(kinds(await check({ ...evidence, heard: [...evidence.heard, ghost] })), [
    "lost",
  ]);
  const unverified = [{ ...first, verified: false }, ...others];
  assert.deepEqual(kinds(await check({ ...evidence, heard: unverified })), ["changed"]);
  assert.deepEqual(
    await after(t, "b", `update messages set changed = changed where ${received}`),
    [],
  );
});

test("what is left on its way is found, and what only waits to be cleared away is not", async (t) => {
  const delivery = await after(
    t,
    "a",
    `insert into deliveries (account_id, revision, peer, domain, pull_token, solution, pulls, expires_at)
      select id, 1, 'bob@b.test', 'b.test', zeroblob(32), '{}', 0, 0 from accounts`,
  );
  assert.deepEqual(kinds(delivery), ["left over"]);
  const incoming = (expires: number): string =>
    `insert into incoming (recipient_id, sender, id, domain, hash, seed, purpose, pull_token, claimed_at, expires_at)
      select id, 'ann@a.test', zeroblob(16), 'a.test', zeroblob(32), zeroblob(32), 'message', zeroblob(32), 0, ${expires} from accounts`;
  assert.deepEqual(kinds(await after(t, "b", incoming(evidence.now + 60_000))), ["left over"]);
  assert.deepEqual(await after(t, "b", incoming(evidence.now - 60_000)), []);
});
