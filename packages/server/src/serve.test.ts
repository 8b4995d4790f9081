import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startNetwork } from "./testing/network.ts";

/** A clock that stands still: nothing is given back meanwhile. */
const NOW = 1_795_000_000_000;

/** How many sign-ups' look-ups pass for a forwarded address before it is told to wait. */
async function start(t: TestContext, trusted: string) {
  const env = { KEYPEARS_LIMITS: "", KEYPEARS_TRUST_PROXY: trusted };
  const network = await startNetwork(["a.localhost"], { wire: "http", env, now: () => NOW });
  t.after(() => network.close());
  const [node] = network.nodes;
  assert(node);
  /** Uses up what is allowed to whoever the server takes this caller for. */
  const exhaust = async (forwarded: string): Promise<number> => {
    for (let passed = 0; ; passed++) {
      const answer: Response = await node.fetch(
        "/api/v1/account/availability?address=x@a.localhost",
        {
          headers: { "X-Forwarded-For": forwarded },
        },
      );
      if (answer.status === 429) return passed;
      assert.equal(answer.status, 200);
    }
  };
  return exhaust;
}

test("behind a trusted proxy the caller is the last hop that is none of ours; what the caller wrote there itself counts for nothing", async (t) => {
  const exhaust = await start(t, "127.0.0.1,10.0.0.0/8");
  assert.equal(await exhaust("198.51.100.7"), 120);
  assert((await exhaust("203.0.113.1, 198.51.100.7, 10.1.2.3")) < 5);
  assert((await exhaust("203.0.113.2, 198.51.100.7")) < 5);
  assert((await exhaust("nonsense, ::ffff:198.51.100.7")) < 5);
  assert.equal(await exhaust("198.51.100.8"), 120);
  // Hops that are no addresses end the search at the proxy itself.
  assert.equal(await exhaust("dead.beef"), 120);
  assert((await exhaust("1.2.3.4:80")) < 5);
});

test("without a trusted proxy nobody chooses who they are", async (t) => {
  const exhaust = await start(t, "");
  assert.equal(await exhaust("198.51.100.7"), 120);
  assert((await exhaust("198.51.100.8")) < 5);
});
