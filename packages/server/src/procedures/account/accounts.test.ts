import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ApiError, contract } from "@keypears/api";
import { loadKernel } from "@keypears/pow5/node";
import { type Address, type Bytes, type Solution, parts, sha256, toHex } from "@keypears/protocol";
import {
  type Newcomer,
  type Reachable,
  call,
  challenge,
  logIn,
  newcomer,
  reach,
  signUp,
  work,
} from "../../testing/calls.ts";
import { type TestServer, openTestServer, random, solve } from "../../testing/people.ts";
import { breakTransaction, countQueries } from "../../testing/queries.ts";
import { address } from "../../testing/values.ts";

const { account } = contract;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

async function start(
  t: TestContext,
  settings: Record<string, string> = {},
): Promise<{ server: TestServer; web: Reachable }> {
  const server = await openTestServer(t, {
    KEYPEARS_LIMITS: "off",
    KEYPEARS_POW_REGISTER: "4096",
    KEYPEARS_POW_LOGIN: "4096",
    ...settings,
  });
  return { server, web: reach(server) };
}

/** A derivation that takes no time, where it is not what a test is about. */
function deriveQuickly(t: TestContext, { context }: TestServer): void {
  t.mock.method(context.verifiers, "derive", (loginKey: Bytes, salt: Bytes) =>
    sha256(new Uint8Array([...loginKey, ...salt])),
  );
}

type Mined = Awaited<ReturnType<typeof solve>>;

function register(web: Reachable, { form }: Newcomer, solution: Mined) {
  return call(web, account.register, { ...form, solution });
}

function tryKey(web: Reachable, about: Address, loginKey: Bytes, solution: Mined) {
  return call(web, account.logIn, { address: about, loginKey, solution, transport: "bearer" });
}

/** All that is stored, but for claims. */
async function contents({ context }: TestServer): Promise<unknown> {
  const tables = ["accounts", "key_records", "key_wraps", "sessions", "grants"] as const;
  return Promise.all(
    tables.map((table) => context.store.db.selectFrom(table).selectAll().execute()),
  );
}

function claims({ context }: TestServer) {
  return context.store.db.selectFrom("claims").selectAll().execute();
}

test("who signs up can log in with that password's key and no other, and gets back what was stored", async (t) => {
  const { server, web } = await start(t);
  const alice = await newcomer("Alice@A.test", server.clock.time);
  const signedUp = await signUp(web, alice);
  assert.equal(signedUp.output?.activeKey.number, 1);
  const token = signedUp.output?.session?.token ?? null;
  assert.equal((await call(web, account.whoAmI, {}, token)).output?.address, "alice@a.test");

  const wrong = await logIn(web, { address: alice.address, loginKey: random(32) });
  assert.deepEqual([wrong.status, wrong.error?.code], [401, "wrong_credentials"]);
  const { output } = await logIn(web, alice);
  assert.deepEqual(output?.records, [alice.form.record]);
  assert.deepEqual(
    output?.wraps.map(({ wraps }) => wraps),
    [alice.form.wraps],
  );
  assert.notDeepEqual(output?.session.token, token);

  // The server keeps neither the login key nor a token.
  const rows = JSON.stringify(await contents(server), (_, value: unknown) =>
    value instanceof Uint8Array ? toHex(value) : value,
  );
  for (const secret of [alice.loginKey, token, output?.session.token]) {
    assert(!rows.includes(toHex(secret as Bytes)));
  }
});

const kernel = loadKernel();

async function badNonce(solution: Solution, index: number): Promise<Bytes> {
  const part = (await parts(solution.challenge))[index];
  for (;;) {
    const nonce = random(32);
    if (part !== undefined && !kernel.verify({ ...part, nonce })) return nonce;
  }
}

/** Each makes of a right solution for a log-in one that is wrong in one thing. */
const faults: Record<
  string,
  readonly [
    spoil: (right: Mined, web: Reachable, server: TestServer) => Mined | Promise<Mined>,
    code: string,
    reason?: string,
  ]
> = {
  "for another purpose": [(_, web) => work(web, "register", alice), "work_refused", "purpose"],
  "for a step-up": [(_, web) => work(web, "step-up", alice), "work_refused", "purpose"],
  "for another address": [(_, web) => work(web, "login", bob), "work_refused", "subject"],
  "with another purpose written in": [
    async (_, web) => {
      const other = await work(web, "step-up", alice);
      return { ...other, challenge: { ...other.challenge, purpose: "login" } };
    },
    "work_refused",
    "forged",
  ],
  "with another address written in": [
    async (right, web) => {
      const other = await work(web, "login", bob);
      return { ...other, challenge: { ...other.challenge, subject: right.challenge.subject } };
    },
    "work_refused",
    "forged",
  ],
  "for another domain": [
    (right) => ({ ...right, challenge: { ...right.challenge, domain: "b.test" as never } }),
    "work_refused",
    "domain",
  ],
  "of a lower difficulty": [
    (right) => solve({ ...right.challenge, difficulty: 1 }),
    "work_refused",
    "forged",
  ],
  "of a later expiry": [
    ({ challenge: asked }) => solve({ ...asked, expiresAt: asked.expiresAt + MINUTE }),
    "work_refused",
    "forged",
  ],
  "for a seed that nobody issued": [
    (right) => solve({ ...right.challenge, seed: random(32) }),
    "work_refused",
    "forged",
  ],
  "with one part of the work missing": [
    async (right) => ({ ...right, nonces: right.nonces.with(15, await badNonce(right, 15)) }),
    "work_refused",
    "work",
  ],
  "with its parts in another order": [
    async (right) => {
      const [first = random(32), second = random(32), ...rest] = right.nonces;
      const nonces = [second, first, ...rest];
      const [one] = await parts(right.challenge);
      // Once in 256 the other part's nonce is good for this one too.
      const lucky = one !== undefined && kernel.verify({ ...one, nonce: second });
      return { ...right, nonces: lucky ? nonces.with(0, await badNonce(right, 0)) : nonces };
    },
    "work_refused",
    "work",
  ],
  "made after the challenge has expired": [
    (right, _, server) => {
      server.clock.time += 15 * MINUTE + 1;
      return right;
    },
    "work_refused",
    "expired",
  ],
  "under a key that the server does not know": [
    (right) => ({ ...right, challenge: { ...right.challenge, keyId: "1" } }),
    "new_challenge",
  ],
  "under a key of two days ago": [
    (right, _, server) => {
      server.clock.time += 2 * DAY;
      return right;
    },
    "new_challenge",
  ],
  "of another algorithm": [
    (right) => ({ ...right, challenge: { ...right.challenge, algorithm: "pow5-64b" } }),
    "work_refused",
    "algorithm",
  ],
};

const alice = address("alice@a.test");
const bob = address("bob@a.test");

for (const [name, [spoil, code, reason]] of Object.entries(faults)) {
  test(`a log-in is refused before its password is looked at, with work ${name}`, async (t) => {
    const { server, web } = await start(t);
    const derive = t.mock.method(server.context.verifiers, "derive");
    const wrong = await spoil(await work(web, "login", alice), web, server);
    const { error } = await tryKey(web, alice, random(32), wrong);
    assert.deepEqual([error?.code, error?.reason], [code, reason]);
    assert.equal(derive.mock.callCount(), 0);
    assert.deepEqual(await claims(server), [], "what was refused has used nothing up");
  });
}

for (const purpose of ["login", "step-up"] as const) {
  test(`a sign-up is refused with work for a ${purpose}, or for another name`, async (t) => {
    const { server, web } = await start(t);
    const carol = await newcomer("carol@a.test", server.clock.time);
    const other = await register(web, carol, await work(web, purpose, carol.address));
    assert.deepEqual([other.error?.code, other.error?.reason], ["work_refused", "purpose"]);
    const elsewhere = await register(web, carol, await work(web, "register", alice));
    assert.deepEqual([elsewhere.error?.code, elsewhere.error?.reason], ["work_refused", "subject"]);
    assert.deepEqual(await contents(server), [[], [], [], [], []]);
  });
}

test("work is good to its last millisecond, and over midnight, when the keys change", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  server.clock.time = Math.ceil(server.clock.time / DAY) * DAY - MINUTE;
  const solution = await work(web, "login", alice);
  server.clock.time += 15 * MINUTE;
  const { error } = await tryKey(web, alice, random(32), solution);
  assert.equal(error?.code, "wrong_credentials");
});

test("work for a log-in pays once, whatever came of it: again, or twice at once, it is refused", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const solution = await work(web, "login", carol.address);
  const attempts = await Promise.all(
    [random(32), random(32), carol.loginKey].map((key) =>
      tryKey(web, carol.address, key, solution),
    ),
  );
  const codes = attempts.map(({ error }) => error?.code ?? "in");
  assert.equal(codes.filter((code) => code === "work_spent").length, 2, codes.join());
  const later = await tryKey(web, carol.address, carol.loginKey, solution);
  assert.equal(later.error?.code, "work_spent");
});

test("a failed log-in stores nothing made from what was tried", async (t) => {
  const { server, web } = await start(t);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const before = await contents(server);
  await logIn(web, { address: carol.address, loginKey: random(32) });
  assert.deepEqual(await contents(server), before);
  const [claim] = (await claims(server)).filter(({ binding }) => binding === null);
  assert.equal(claim?.state, "spent");
});

test("an unknown address costs exactly the steps of a known one, and is answered alike", async (t) => {
  const { server, web } = await start(t);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const derive = t.mock.method(server.context.verifiers, "derive");
  const counts = countQueries(server.context.store);
  const costs = [];
  for (const name of ["carol@a.test", "nobody@a.test"]) {
    const before = { ...counts, derived: derive.mock.callCount() };
    const { status, error } = await logIn(web, { address: address(name), loginKey: random(32) });
    costs.push({
      status,
      error,
      outside: counts.outside - before.outside,
      inside: counts.inside - before.inside,
      derived: derive.mock.callCount() - before.derived,
    });
  }
  assert.deepEqual(costs[0], costs[1]);
  assert.equal(costs[0]?.derived, 1);
});

test("guesses that come all at once are counted before they are tried, by source and address", async (t) => {
  const { server, web } = await start(t, { KEYPEARS_LIMITS: "", KEYPEARS_POW_LOGIN: "16" });
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const solutions = await Promise.all(
    Array.from({ length: 30 }, () => work(web, "login", carol.address)),
  );
  const codes = await Promise.all(
    solutions.map(async (solution) => {
      const { error } = await tryKey(web, carol.address, random(32), solution);
      return error?.code;
    }),
  );
  assert.equal(codes.filter((code) => code === "wrong_credentials").length, 20);
  assert.equal(codes.filter((code) => code === "rate_limited").length, 10);
  // It is the guesser who waits, not the owner.
  const elsewhere = await logIn(reach(server, "198.51.100.7"), carol);
  assert.equal(elsewhere.status, 200);
  const refused = await logIn(web, carol);
  assert.equal(refused.headers.get("retry-after"), "60");
});

test("log-ins that succeed use up nothing of what failures may", async (t) => {
  const { server, web } = await start(t, { KEYPEARS_LIMITS: "", KEYPEARS_POW_LOGIN: "16" });
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  for (let count = 0; count < 30; count++) assert.equal((await logIn(web, carol)).status, 200);
});

test("a password that could not be tried counts as no failure", async (t) => {
  const { server, web } = await start(t, { KEYPEARS_LIMITS: "", KEYPEARS_POW_LOGIN: "16" });
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const broken = t.mock.method(server.context.verifiers, "matches", () =>
    Promise.reject(new ApiError("busy", { retryAfter: 1 })),
  );
  for (let count = 0; count < 21; count++) {
    assert.equal((await logIn(web, carol)).error?.code, "busy");
  }
  broken.mock.restore();
  assert.equal((await logIn(web, carol)).status, 200);
});

test("while too many passwords wait, a log-in is told when to come back, and its work is not spent", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  await signUp(web, carol);
  const solution = await work(web, "login", carol.address);
  const full = t.mock.method(server.context.verifiers, "refuseWhenFull", () => {
    throw new ApiError("busy", { retryAfter: 3 });
  });
  const busy = await tryKey(web, carol.address, carol.loginKey, solution);
  assert.deepEqual(
    [busy.status, busy.error?.code, busy.headers.get("retry-after")],
    [503, "busy", "3"],
  );
  full.mock.restore();
  assert.equal((await tryKey(web, carol.address, carol.loginKey, solution)).status, 200);
});

test("work for a sign-up that is used twice at once lets one go on, and is spent by what it made", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const rivals = await Promise.all([1, 2].map(() => newcomer("carol@a.test", server.clock.time)));
  const solution = await work(web, "register", address("carol@a.test"));
  const answers = await Promise.all(rivals.map((rival) => register(web, rival, solution)));
  const codes = answers.map(({ error }) => error?.code ?? "made").sort();
  assert.deepEqual(codes, ["made", "work_in_progress"]);
  assert.deepEqual(
    (await claims(server)).map(({ state, lease_until: lease }) => [state, lease]),
    [["spent", null]],
  );
});

test("a sign-up that found too many waiting may come again with the same work", async (t) => {
  const { server, web } = await start(t);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const solution = await work(web, "register", carol.address);
  const full = t.mock.method(server.context.verifiers, "refuseWhenFull", () => {
    throw new ApiError("busy", { retryAfter: 3 });
  });
  const busy = await register(web, carol, solution);
  assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "3"]);
  full.mock.restore();
  const again = await register(web, carol, solution);
  assert.notEqual(again.output?.session ?? null, null);
});

test("two who want one name at once: one has it, the other is told that it is taken", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const rivals = await Promise.all(
    Array.from({ length: 4 }, () => newcomer("carol@a.test", server.clock.time)),
  );
  const answers = await Promise.all(rivals.map((rival) => signUp(web, rival)));
  const codes = answers.map(({ error }) => error?.code ?? "made").sort();
  assert.deepEqual(codes, ["address_taken", "address_taken", "address_taken", "made"]);
  const winner = rivals[answers.findIndex(({ status }) => status === 200)];
  const [accounts, records, wraps, sessions] = (await contents(server)) as unknown[][];
  assert.deepEqual(
    [accounts?.length, records?.length, wraps?.length, sessions?.length],
    [1, 1, 3, 1],
  );
  assert.equal((await logIn(web, winner as Newcomer)).status, 200);
});

test("a sign-up that is repeated, later or at once, is told that it succeeded, and gets no second session", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const works = await Promise.all([1, 2].map(() => work(web, "register", carol.address)));
  const answers = await Promise.all(works.map((solution) => register(web, carol, solution)));
  assert.deepEqual(answers.map(({ status, output }) => [status, output?.session === null]).sort(), [
    [200, false],
    [200, true],
  ]);
  const [first] = works;
  const repeated = await register(web, carol, first as Mined);
  assert.equal(repeated.status, 200);
  assert.equal(repeated.output?.session, null);
  // Its record is no new one any more, and still its own.
  server.clock.time += DAY;
  assert.equal((await register(web, carol, first as Mined)).status, 200);
  const other = await newcomer("carol@a.test", server.clock.time);
  assert.equal((await register(web, other, first as Mined)).error?.code, "address_taken");
});

/** Has the server die right after it has claimed the work of a sign-up. */
async function dieAfterClaim(server: TestServer, web: Reachable, who: Newcomer, solution: Mined) {
  const { store } = server.context;
  const { transaction } = store;
  let calls = 0;
  store.transaction = (job) => {
    if (calls++ > 0) return Promise.reject(new Error("the server has died"));
    return transaction.call(store, job) as ReturnType<typeof job>;
  };
  const { status } = await register(web, who, solution);
  assert.equal(status, 500);
  store.transaction = transaction;
}

test("a sign-up cut off after its work was claimed: the same one goes on after half a minute, one at a time; another is refused", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const solution = await work(web, "register", carol.address);
  await dieAfterClaim(server, web, carol, solution);
  const other = await newcomer("carol@a.test", server.clock.time);
  assert.equal((await register(web, other, solution)).error?.code, "work_spent");
  assert.equal((await register(web, carol, solution)).error?.code, "work_in_progress");
  server.clock.time += 29_999;
  assert.equal((await register(web, carol, solution)).error?.code, "work_in_progress");
  server.clock.time += 1;
  const answers = await Promise.all([1, 2].map(() => register(web, carol, solution)));
  assert.deepEqual(answers.map(({ error }) => error?.code ?? "made").sort(), [
    "made",
    "work_in_progress",
  ]);
});

test("a sign-up cut off may be taken up to the last moment of its challenge, with the record of then", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const solution = await work(web, "register", carol.address);
  await dieAfterClaim(server, web, carol, solution);
  server.clock.time += 15 * MINUTE;
  assert.equal((await register(web, carol, solution)).status, 200);
});

test("a sign-up cut off and not taken up before its challenge has run out needs new work", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const solution = await work(web, "register", carol.address);
  await dieAfterClaim(server, web, carol, solution);
  server.clock.time += 15 * MINUTE + 1;
  assert.equal((await register(web, carol, solution)).error?.code, "work_spent");
});

for (const skipped of [0, 1]) {
  const what = skipped === 0 ? "claiming its work" : "storing the account";
  test(`a sign-up stopped between any two steps of ${what} leaves nothing half done, and then succeeds`, async (t) => {
    const points = new Set<string>();
    for (let at = 0; ; at++) {
      const { server, web } = await start(t, { KEYPEARS_POW_REGISTER: "16" });
      deriveQuickly(t, server);
      const { store } = server.context;
      const carol = await newcomer("carol@a.test", server.clock.time);
      const solution = await work(web, "register", carol.address);
      let broken: ReturnType<typeof breakTransaction> | null = null;
      const { transaction } = store;
      if (skipped === 0) broken = breakTransaction(store, at);
      else {
        store.transaction = (job) => {
          store.transaction = transaction;
          return (transaction.call(store, job) as ReturnType<typeof job>).finally(() => {
            broken = breakTransaction(store, at);
          });
        };
      }
      const { status } = await register(web, carol, solution);
      const point = (broken as { point: string | null } | null)?.point ?? null;
      if (point === null) break;
      points.add(point);
      assert.equal(status, 500);
      const [accounts = [], records = [], wraps = [], sessions = []] = (await contents(
        server,
      )) as unknown[][];
      const stored = [accounts.length, records.length, wraps.length, sessions.length];
      const whole = skipped === 1 && point === "after";
      assert.deepEqual(stored, whole ? [1, 1, 3, 1] : [0, 0, 0, 0]);
      // Where the claim itself was committed and its maker died, its lease runs out first.
      if (skipped === 0 && point === "after") server.clock.time += 30_000;
      assert.equal((await register(web, carol, solution)).status, 200);
      assert.equal((await logIn(web, carol)).status, 200);
    }
    assert.deepEqual([...points], ["query", "commit", "after"]);
  });
}

test("a server that is closed to sign-ups gives no challenge for one and takes none", async (t) => {
  const open = await start(t);
  const carol = await newcomer("carol@a.test", open.server.clock.time);
  const solution = await work(open.web, "register", carol.address);
  const { web } = await start(t, { KEYPEARS_REGISTRATION: "closed" });
  await assert.rejects(challenge(web, "register", carol.address), /registration_closed/);
  assert.equal((await register(web, carol, solution)).error?.code, "registration_closed");
});

test("a sign-up is refused for a name that is reserved or of another form, another domain, an unknown suite, wraps or a record that cannot be", async (t) => {
  const { server, web } = await start(t);
  const { time } = server.clock;
  const codeOf = async (who: Newcomer, change: object = {}) => {
    const solution = { challenge: await challenge(web, "login", alice), nonces: fakeNonces };
    const { error } = await register(web, { ...who, form: { ...who.form, ...change } }, solution);
    return error?.code;
  };
  const fakeNonces = Array.from({ length: 16 }, () => random(32));
  assert.equal(await codeOf(await newcomer("admin@a.test", time)), "address_reserved");
  assert.equal(await codeOf(await newcomer("a!b@a.test", time)), "address_form");
  assert.equal(await codeOf(await newcomer("carol@b.test", time)), "misdirected");
  const carol = await newcomer("carol@a.test", time);
  assert.equal(await codeOf(carol, { kdfSuite: 2 }), "unknown_suite");
  const short = { ...carol.form.wraps, vaultSeed: random(40) };
  assert.equal(await codeOf(carol, { wraps: short }), "invalid_input");
  const dora = await newcomer("dora@a.test", time);
  assert.equal(await codeOf(carol, { record: dora.form.record }), "record_refused");
  const unsigned = { ...carol.form.record, possession: null };
  assert.equal(await codeOf(carol, { record: unsigned }), "record_refused");
});

test("a step-up proves the password within a session, and its grant is stored as a hash for that session", async (t) => {
  const { server, web } = await start(t);
  deriveQuickly(t, server);
  const carol = await newcomer("carol@a.test", server.clock.time);
  const token = (await signUp(web, carol)).output?.session?.token ?? null;
  const stepUp = async (loginKey: Bytes, solution: Mined) =>
    call(web, account.stepUp, { loginKey, solution }, token);
  const solution = await work(web, "step-up", carol.address);
  assert.equal(
    (await stepUp(random(32), await work(web, "login", carol.address))).error?.reason,
    "purpose",
  );
  const wrong = await stepUp(random(32), await work(web, "step-up", carol.address));
  assert.equal(wrong.error?.code, "wrong_credentials");
  const right = await stepUp(carol.loginKey, solution);
  assert.equal((await stepUp(carol.loginKey, solution)).error?.code, "work_spent");
  assert.equal(right.output?.wraps.length, 1);
  const [grant, ...more] = await server.context.store.db.selectFrom("grants").selectAll().execute();
  assert.equal(more.length, 0);
  assert.deepEqual(grant?.hash, await sha256(right.output?.grant ?? random(32)));
  assert.equal(grant?.expires_at, server.clock.time + 10 * MINUTE);
  // It goes with its session.
  await call(web, account.logOut, {}, token);
  assert.deepEqual(await server.context.store.db.selectFrom("grants").selectAll().execute(), []);
});
