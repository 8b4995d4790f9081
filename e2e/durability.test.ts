/** What a server has acknowledged, it has: through `kill -9` in the middle of everything. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { contract } from "@keypears/api";
import { signUpPairs } from "../bench/load/clients.ts";
import { type Person, openPerson, prepare } from "../bench/load/person.ts";
import { startServer, temporaryFolder } from "./processes.ts";

const env = {
  KEYPEARS_LIMITS: "off",
  KEYPEARS_POW_REGISTER: "1",
  KEYPEARS_POW_FIRST_CONTACT: "1",
  KEYPEARS_POW_MESSAGE: "1",
};

type Parcel = Awaited<ReturnType<typeof prepare>>;

/** What one sender knows when the server dies. */
interface Log {
  readonly acknowledged: string[];
  /** What was handed over last and not answered. */
  open: Parcel | null;
}

/** Writes until the server is gone. */
async function writeOn(from: Person, to: Person, log: Log, onSent: () => void): Promise<void> {
  for (;;) {
    try {
      const parcel = await prepare(from, to, "Will this be there?");
      log.open = parcel;
      const { message } = await from.caller.call(contract.messages.send, parcel);
      log.open = null;
      log.acknowledged.push(message.id);
      onSent();
    } catch (error) {
      // Whatever a lost connection is called: only an answer of the server would be a failure here.
      assert(error instanceof Error && "code" in error, String(error));
      assert.match(String(error.code), /^(ECONNRESET|ECONNREFUSED|EPIPE)$/);
      return;
    }
  }
}

async function mailbox(owner: Person, peer: Person): Promise<string[]> {
  const pages: string[][] = [];
  for (let before: number | undefined; ;) {
    const { messages, next } = await owner.caller.call(contract.messages.listMessages, {
      peer: peer.address,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    });
    pages.unshift(messages.map(({ id }) => id));
    if (next === null) return pages.flat();
    before = next;
  }
}

test("every message that was acknowledged is there after kill -9, once, in its order, on both sides", async (t) => {
  const data = join(temporaryFolder(t), "data");
  const first = await startServer(t, { data, env });
  const pairs = await signUpPairs(first.url, 2);
  const open = (url: string) =>
    Promise.all(
      pairs
        .flatMap(([a, b]) => [
          [a, b],
          [b, a],
        ])
        .map(async ([from, to]) => ({
          from: await openPerson(url, from as (typeof pairs)[0][0]),
          to: await openPerson(url, to as (typeof pairs)[0][0]),
        })),
    );
  const writers = await open(first.url);
  const logs: Log[] = writers.map(() => ({ acknowledged: [], open: null }));
  let sent = 0;
  const onSent = () => {
    if (++sent === 120) void first.stop("SIGKILL");
  };
  await Promise.all(
    writers.map(({ from, to }, index) => writeOn(from, to, logs[index] as Log, onSent)),
  );
  for (const { from, to } of writers) {
    from.caller.close();
    to.caller.close();
  }
  // Whether the kill met a message half-way is chance; what was acknowledged has to be there either way.
  t.diagnostic(`under way when the server died: ${logs.filter((log) => log.open !== null).length}`);

  const second = await startServer(t, { data, env });
  for (const [index, { from, to }] of (await open(second.url)).entries()) {
    const { acknowledged, open: last } = logs[index] as Log;
    for (const [owner, peer] of [
      [from, to],
      [to, from],
    ] as const) {
      const ids = await mailbox(owner, peer);
      assert.equal(new Set(ids).size, ids.length, "a message is there twice");
      const own = ids.filter((id) => acknowledged.includes(id));
      assert.deepEqual(own, acknowledged);
    }
    // What had no answer can be sent again as it is, whether or not it had been stored.
    if (last !== null) {
      const { message } = await from.caller.call(contract.messages.send, last);
      const there = (await mailbox(to, from)).filter((id) => id === message.id);
      assert.equal(there.length, 1);
    }
    from.caller.close();
    to.caller.close();
  }
});
