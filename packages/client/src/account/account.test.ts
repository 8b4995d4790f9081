import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "@keypears/api";
import {
  type Address,
  type Domain,
  type Hash,
  type PublishedRecord,
  addressSubject,
  parseAddress,
} from "@keypears/protocol";
import { type Client, type ClientOptions, createClient } from "../client.ts";
import { ClientError } from "../errors.ts";
import type { Progress } from "../progress.ts";
import { isPause } from "../testing/clock.ts";
import { MemoryStore, QuickMiner, random } from "../testing/ports.ts";
import { Town } from "../testing/town.ts";

const address = parseAddress("alice@a.test") as Address;
const password = "eleven ripe pears on a sill";
const login = { address, password };
const signup = { ...login, strength: 4 };

/** A device where nobody is logged in. */
function device(
  town: Town,
  keys: "extractable" | "opaque" = "opaque",
  options: Partial<ClientOptions> = {},
): { client: Client; store: MemoryStore; miner: QuickMiner } {
  const store = new MemoryStore(keys);
  const miner = new QuickMiner();
  const ports = { transport: town.transport(), store, clock: town.clock, random, miner };
  return { client: createClient({ ports, session: "bearer", ...options }), store, miner };
}

test("somebody signs up, writes, logs out, logs in elsewhere, and reads everything", async () => {
  const town = new Town();
  const bob = await town.person("bob@a.test");
  const { client, store } = device(town);
  assert.equal(await client.account.saved(), null);
  const told: Progress[] = [];
  const saved = await client.account.signUp({ ...signup, onProgress: (one) => told.push(one) });
  assert.deepEqual(
    [saved.address, saved.activeKey, saved.unlocked, saved.locked],
    [address, 1, true, []],
  );
  assert.deepEqual(await client.account.saved(), saved);
  // The ring fills part by part and never goes back; the end is the sending.
  const parts = told.map((one) => one.parts);
  assert.deepEqual(
    parts,
    parts.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(parts).size, 17);
  assert.deepEqual(told.at(-1), { stage: "sending", parts: 16 });

  await client.messages.send({ to: bob.address, text: "hello" });
  await bob.client.messages.send({ to: address, text: "hello yourself" });
  assert.equal((await client.account.whoAmI()).address, address);
  assert.deepEqual(await client.account.logOut(), { ended: true });
  assert.deepEqual(store.dump(), {});
  assert.equal(await client.account.saved(), null);
  await assert.rejects(client.messages.read({ peer: bob.address }), { code: "not_logged_in" });

  for (const keys of ["extractable", "opaque"] as const) {
    const there = device(town, keys);
    const again = await there.client.account.logIn(login);
    assert.deepEqual([again.activeKey, again.unlocked], [1, true]);
    const { messages } = await there.client.messages.read({ peer: bob.address });
    assert.deepEqual(
      messages.slice(0, 2).map(({ text, verified }) => [text, verified]),
      [
        ["hello", true],
        ["hello yourself", true],
      ],
    );
    // As a program that starts anew on the same device.
    const { clock } = town;
    const ports = { ...there, transport: town.transport(), clock, random };
    const restarted = createClient({ ports, session: "bearer" });
    await restarted.messages.send({ to: bob.address, text: `from ${keys}` });
  }
  const { messages } = await bob.client.messages.read({ peer: address });
  assert.deepEqual(
    messages.map(({ text, verified }) => [text, verified]),
    [
      ["hello", true],
      ["hello yourself", true],
      ["from extractable", true],
      ["from opaque", true],
    ],
  );
});

test("a device keeps keys that cannot be exported, or bytes where it is to be a file; never password, login or encryption key", async () => {
  const town = new Town();
  const opaque = device(town, "opaque");
  await opaque.client.account.signUp(signup);
  const kept = opaque.store.dump()["account"] as { keys: Record<string, CryptoKey>[] };
  const { agreementKey, signingKey, vaultKey } = kept.keys[0] ?? {};
  for (const key of [agreementKey, signingKey, vaultKey]) {
    assert(key instanceof CryptoKey);
    assert.equal(key.extractable, false);
  }
  assert.deepEqual(agreementKey?.usages, ["deriveBits"]);
  assert.deepEqual(signingKey?.usages, ["sign"]);

  const file = device(town, "extractable");
  await file.client.account.logIn(login);
  const account = file.store.dump()["account"] as Record<string, unknown>;
  assert.deepEqual(Object.keys(account).toSorted(), [
    ...["activeKey", "address", "kdfSuite", "keys", "locked", "sessionId", "token"],
  ]);
  const [set] = account["keys"] as Record<string, unknown>[];
  assert.deepEqual(Object.keys(set ?? {}).toSorted(), [
    ...["agreement", "number", "publicKeys", "signing", "vaultKey"],
  ]);
  const loginKey = Buffer.from(town.account(address).loginKey as Uint8Array).toString("hex");
  for (const { store } of [opaque, file]) {
    const text = JSON.stringify(store.dump(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
    );
    assert(!text.includes(password) && !text.includes(loginKey));
  }
});

test("a password that cannot be one, or is too weak for a new one, is refused before anybody is asked", async () => {
  const town = new Town();
  const { client, miner } = device(town);
  for (const [text, strength, reason] of [
    ["", 4, "empty"],
    ["elevenchars", 4, "too_short"],
    ["correct horse battery", 2, "too_weak"],
    ["\ud800 lone surrogate", 4, "surrogate"],
    ["x".repeat(1025), 4, "too_long"],
  ] as const) {
    await assert.rejects(client.account.signUp({ address, password: text, strength }), {
      code: "password_refused",
      reason,
    });
  }
  await assert.rejects(client.account.logIn({ address, password: "" }), {
    code: "password_refused",
    reason: "empty",
  });
  assert.deepEqual([town.calls, miner.jobs], [[], 0]);
});

test("work that was begun while the user typed is used for its address, and for no other", async () => {
  const town = new Town();
  const { client, miner } = device(town);
  const parts: number[] = [];
  const other = await client.account.startWork("alicia@a.test" as Address);
  const work = await client.account.startWork(address, {
    onProgress: (one) => parts.push(one.parts),
  });
  await work.solution;
  assert.deepEqual([work.parts, work.difficulty, parts.at(-1)], [16, 1600, 16]);
  await client.account.signUp({ ...signup, work });
  assert.equal(miner.jobs, 2);
  await device(town).client.account.signUp({
    ...signup,
    address: "carol@a.test" as Address,
    work: other,
  });
  assert.equal(town.count("account.requestChallenge"), 3);
});

test("work that is cancelled ends, and nobody has to listen to it", async () => {
  const town = new Town();
  const { client, miner } = device(town);
  const { promise, resolve } = Promise.withResolvers<void>();
  miner.before = () => promise;
  const work = await client.account.startWork(address);
  work.cancel();
  resolve();
  await assert.rejects(work.solution, { name: "AbortError" });
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  await assert.rejects(client.account.signUp({ ...signup, signal: stop.signal }), {
    message: "enough",
  });
});

test("a sign-up whose answer was lost makes one account, and ends logged in", async () => {
  const town = new Town();
  const { client } = device(town);
  town.clock.skips = isPause;
  let lost = 0;
  town.on("account.register", async (next) => {
    const answer = await next();
    if (lost++ === 0) throw new ClientError("unreachable");
    return answer;
  });
  const saved = await client.account.signUp(signup);
  assert.deepEqual([saved.address, saved.unlocked], [address, true]);
  assert.equal(town.count("account.register"), 2);
  assert.equal(town.count("account.logIn"), 1);
  assert.equal((await client.account.whoAmI()).address, address);
});

test("a sign-up is paid for once more where its work was not taken, and told when the name is gone", async () => {
  const town = new Town();
  const { client, miner } = device(town);
  town.clock.skips = isPause;
  const refusals = [new ApiError("work_in_progress"), new ApiError("new_challenge")];
  town.on("account.register", async (next) => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal;
    return next();
  });
  await client.account.signUp(signup);
  assert.deepEqual([miner.jobs, town.count("account.register")], [2, 3]);
  town.on("account.register", null);
  const late = device(town);
  await assert.rejects(late.client.account.signUp(signup), { code: "address_taken" });
  assert.equal(await late.client.account.saved(), null);
  town.on("account.register", async () => {
    throw new ApiError("record_refused", { reason: "clock" });
  });
  await assert.rejects(
    late.client.account.signUp({ ...signup, address: "dora@a.test" as Address }),
    { code: "clock" },
  );
});

test("keys that would not open again are never published", async (t) => {
  const town = new Town();
  const { client } = device(town);
  const wrapKey = crypto.subtle.wrapKey.bind(crypto.subtle);
  t.mock.method(crypto.subtle, "wrapKey", async (...given: Parameters<typeof wrapKey>) => {
    const wrapped = new Uint8Array(await wrapKey(...given));
    wrapped[0] = (wrapped[0] as number) ^ 1;
    return wrapped.buffer;
  });
  await assert.rejects(client.account.signUp(signup), {
    code: "wraps_refused",
    reason: "wrong_key",
  });
  assert.equal(town.count("account.register"), 0);
  assert.equal(await client.account.saved(), null);
});

test("a sign-up that is too dear is not paid for without asking", async () => {
  const town = new Town();
  const { client, miner } = device(town, "opaque", { ceilings: { register: 1599 } });
  await assert.rejects(client.account.signUp(signup), {
    code: "too_expensive",
    reason: "register",
  });
  assert.equal(miner.jobs, 0);
  await client.account.signUp({ ...signup, ceiling: 1600 });
});

test("a miner that breaks down is a failure that can be told, and the next try may succeed", async () => {
  const town = new Town();
  const { client, miner } = device(town);
  const { mine } = miner;
  miner.mine = () => Promise.reject(new Error("a worker ran out of memory"));
  await assert.rejects(client.account.signUp(signup), { code: "mining_failed" });
  miner.mine = mine;
  await client.account.signUp(signup);
});

test("a ceiling that follows the device's speed is asked for when there is something to pay", async () => {
  const town = new Town();
  let register = 1599;
  const { client, miner } = device(town, "opaque", { ceilings: () => ({ register }) });
  await assert.rejects(client.account.signUp(signup), { code: "too_expensive", difficulty: 1600 });
  assert.equal(miner.jobs, 0);
  register = 1600;
  await client.account.signUp(signup);
});

test("a sign-up that brings no token where one is due is not believed", async () => {
  const town = new Town();
  const { client } = device(town);
  town.on("account.register", async (next) => {
    const answer = await next();
    return { ...answer, session: answer.session && { ...answer.session, token: null } };
  });
  await assert.rejects(client.account.signUp(signup), {
    code: "bad_answer",
    reason: "session.token",
  });
  assert.equal(await client.account.saved(), null);
});

test("a server that says it made an account with other keys is not believed", async () => {
  const town = new Town();
  const { client } = device(town);
  town.on("account.register", async (next) => ({
    ...(await next()),
    activeKey: { number: 1, hash: random(32) as Hash },
  }));
  await assert.rejects(client.account.signUp(signup), { code: "bad_answer", reason: "activeKey" });
  assert.equal(await client.account.saved(), null);
});

test("a wrong password is told as such, and nothing is kept", async () => {
  const town = new Town();
  await device(town).client.account.signUp(signup);
  const { client, store } = device(town);
  await assert.rejects(client.account.logIn({ address, password: "another password" }), {
    code: "wrong_credentials",
  });
  assert.deepEqual(store.dump(), {});
});

test("no login key is sent for a derivation that is unknown, or weaker than one seen before", async () => {
  const town = new Town();
  const { client, store } = device(town);
  await client.account.signUp(signup);
  const account = town.account(address);
  account.kdfSuite = 2;
  await assert.rejects(device(town).client.account.logIn(login), { code: "unknown_kdf_suite" });
  // This device has seen suite 2; the server names 1.
  account.kdfSuite = 1;
  await store.change("account", (value) => ({ ...(value as object), kdfSuite: 2 }));
  await assert.rejects(client.account.logIn(login), { code: "kdf_downgrade" });
  await assert.rejects(client.account.unlock({ password }), { code: "kdf_downgrade" });
  assert.equal(town.count("account.logIn") + town.count("account.stepUp"), 0);
});

test("no work is done for a log-in's challenge that is for something else or too dear", async () => {
  const town = new Town();
  const { client, miner } = device(town, "opaque", { ceilings: { login: 1000 } });
  await assert.rejects(client.account.logIn(login), {
    code: "too_expensive",
    reason: "login",
    difficulty: 1600,
  });
  for (const [reason, change] of [
    ["domain", { domain: "b.test" as Domain }],
    ["purpose", { purpose: "register" }],
    ["subject", { subject: addressSubject("bob@a.test" as Address) }],
    ["algorithm", { algorithm: "none" }],
  ] as const) {
    town.on("account.requestChallenge", async (next) => {
      const answer = await next();
      return { ...answer, challenge: { ...answer.challenge, ...change } };
    });
    await assert.rejects(client.account.logIn({ ...login, ceiling: 2000 }), {
      code: "challenge_refused",
      reason,
    });
  }
  town.on("account.requestChallenge", async (next) => {
    const answer = await next();
    return { ...answer, challenge: { ...answer.challenge, purpose: "login" } };
  });
  await assert.rejects(client.account.startWork(address), {
    code: "challenge_refused",
    reason: "purpose",
  });
  assert.equal(miner.jobs, 0);
});

test("a log-in whose work was not taken is paid for once more, and only once", async () => {
  const town = new Town();
  await device(town).client.account.signUp(signup);
  town.clock.skips = isPause;
  for (const refusal of [
    new ApiError("work_spent"),
    new ApiError("new_challenge"),
    new ApiError("busy", { retryAfter: 2 }),
  ]) {
    const { client, miner } = device(town);
    let refusals = 1;
    town.on("account.logIn", async (next) => {
      if (refusals-- > 0) throw refusal;
      return next();
    });
    await client.account.logIn(login);
    assert.equal(miner.jobs, 2);
    refusals = 2;
    await assert.rejects(device(town).client.account.logIn(login), { code: refusal.code });
  }
});

test("what a log-in brings is tried: records of the address, keys that belong to them, a token where one is due", async () => {
  const town = new Town();
  const bob = await town.person("bob@a.test");
  await device(town).client.account.signUp(signup);
  const [wrap] = town.account(address).wraps;
  assert(wrap);
  const { wraps } = wrap;
  for (const [answer, code, reason] of [
    [{ records: bob.account.published }, "keys_refused", "address"],
    [{ records: [] }, "keys_refused", "number"],
    [{ wraps: [] }, "wraps_refused", "missing"],
    [{ wraps: [{ ...wrap, kind: 2 }] }, "wraps_refused", "missing"],
    [{ wraps: [{ ...wrap, generation: 2 }] }, "wraps_refused", "wrong_key"],
    [
      { wraps: [{ ...wrap, wraps: { ...wraps, signing: wraps.agreement } }] },
      "wraps_refused",
      "wrong_key",
    ],
    [
      { session: { id: bob.account.sessions.values().next().value, token: null } },
      "bad_answer",
      "session.token",
    ],
  ] as const) {
    town.on("account.logIn", async (next) => ({ ...(await next()), ...answer }));
    const { client, store } = device(town);
    await assert.rejects(client.account.logIn(login), { code, reason });
    assert.deepEqual(store.dump(), {});
  }
});

test("a chain of more records than a log-in brings is read whole", async () => {
  const town = new Town();
  await device(town).client.account.signUp(signup);
  const account = town.account(address);
  const [first] = account.published as [PublishedRecord];
  const [wrap] = account.wraps;
  assert(wrap);
  // A chain that begins with the published record, as resets go on: only the first set opens here.
  for (let index = 0; index < 120; index++) await town.addKeySet(account, "reset");
  assert.equal(account.published[0], first);
  town.on("account.logIn", async (next) => {
    const answer = await next();
    return { ...answer, records: answer.records.slice(0, 100) };
  });
  // Its newest set is not among the wraps: so all 121 were looked at, not 100.
  account.wraps = [wrap, { ...wrap, number: 100 }];
  await assert.rejects(device(town).client.account.logIn(login), {
    code: "wraps_refused",
    reason: "missing",
  });
  for (const answer of [
    { records: [], next: 101 },
    { records: [first], next: 101 },
  ]) {
    town.on("keys.listRecords", async (next) => ({ ...(await next()), ...answer }));
    await assert.rejects(device(town).client.account.logIn(login), {
      code: "bad_answer",
      reason: "next",
    });
  }
});

test("who logs in again on a device goes on with what it knew of others; somebody else begins anew", async () => {
  const town = new Town();
  const bob = await town.person("bob@a.test");
  const { client } = device(town);
  await client.account.signUp(signup);
  await client.directory.lookUp(bob.address);
  town.account(address).sessions.clear();
  await assert.rejects(client.account.whoAmI(), { code: "unauthenticated" });
  await town.addKeySet(bob.account, "reset");
  await client.account.logIn(login);
  assert.equal((await client.directory.lookUp(bob.address)).state, "reset");

  const carol = { ...signup, address: "carol@a.test" as Address };
  await client.account.signUp(carol);
  assert.equal((await client.directory.lookUp(bob.address)).state, "first");
});

test("own records that are others than this device knew stay an alarm after a log-in", async () => {
  const town = new Town();
  const { client, store } = device(town);
  const bob = await town.person("bob@a.test");
  await client.account.signUp(signup);
  // The same password, and yet another chain: an account that was made anew in the place of the first.
  const before = store.dump();
  town.accounts.delete(address);
  await device(town).client.account.signUp(signup);
  assert.deepEqual(store.dump(), before);
  await client.account.logIn(login);
  const own = await client.directory.lookUp(address);
  assert.equal(own.state, "fork");
  await assert.rejects(client.messages.send({ to: bob.address, text: "hello" }), {
    code: "own_keys_changed",
    reason: "fork",
  });
});

test("keys that are gone from the device are opened again by the password, within the session", async () => {
  const town = new Town();
  const bob = await town.person("bob@a.test");
  const { client, store } = device(town, "extractable");
  await client.account.signUp(signup);
  await bob.client.messages.send({ to: address, text: "hello" });
  await store.change("account", (value) => ({ ...(value as object), keys: [] }));
  assert.equal((await client.account.saved())?.unlocked, false);
  const restarted = createClient({
    ports: {
      transport: town.transport(),
      clock: town.clock,
      store,
      random,
      miner: new QuickMiner(),
    },
    session: "bearer",
  });
  await assert.rejects(restarted.messages.read({ peer: bob.address }), { code: "locked" });
  await assert.rejects(restarted.account.unlock({ password: "another password" }), {
    code: "wrong_credentials",
  });
  const saved = await restarted.account.unlock({ password });
  assert.deepEqual([saved.unlocked, saved.activeKey], [true, 1]);
  const { messages } = await restarted.messages.read({ peer: bob.address });
  assert.equal(messages[0]?.text, "hello");
  assert.equal(town.account(address).sessions.size, 1);
});

test("keys are not opened for own records that are others than this device knew", async () => {
  const town = new Town();
  const { client } = device(town);
  await client.account.signUp(signup);
  await town.addKeySet(town.account(address), "reset");
  await assert.rejects(client.account.unlock({ password }), {
    code: "own_keys_changed",
    reason: "reset",
  });
});

test("damaged keys on a device are asked for again, not used", async () => {
  const town = new Town();
  const { client, store } = device(town, "extractable");
  await client.account.signUp(signup);
  await store.change("account", (value) => {
    const account = value as { keys: { signing: Uint8Array }[] };
    account.keys[0]?.signing.fill(1);
    return account;
  });
  const restarted = createClient({
    ports: {
      transport: town.transport(),
      clock: town.clock,
      store,
      random,
      miner: new QuickMiner(),
    },
    session: "bearer",
  });
  await assert.rejects(restarted.messages.listConversations(), { code: "locked" });
});

test("a log-out deletes everything from the device even where the server cannot be told", async () => {
  const town = new Town();
  const { client, store } = device(town);
  await client.account.signUp(signup);
  town.down = true;
  assert.deepEqual(await client.account.logOut(), { ended: false });
  assert.deepEqual(store.dump(), {});
  await assert.rejects(client.account.logOut(), { code: "not_logged_in" });
});

test("a log-out has deleted every key before the server has answered", async () => {
  const town = new Town();
  const { client, store } = device(town);
  await client.account.signUp(signup);
  let left: unknown = "never asked";
  const transport = town.transport();
  const again = createClient({
    ports: {
      transport: {
        ...transport,
        call: async (request) => {
          left = store.dump();
          return transport.call(request);
        },
      },
      clock: town.clock,
      store,
      random,
      miner: new QuickMiner(),
    },
    session: "bearer",
  });
  assert.deepEqual(await again.account.logOut(), { ended: true });
  assert.deepEqual(left, {});
});

test("the end of an old session takes nothing from one that was begun since", async () => {
  const town = new Town();
  const { client, store } = device(town);
  await client.account.signUp(signup);
  const { promise: late, resolve: go } = Promise.withResolvers<void>();
  town.on("account.whoAmI", async (next) => {
    await late;
    return next().then(() => {
      throw new ApiError("unauthenticated");
    });
  });
  const asking = client.account.whoAmI();
  while (town.count("account.whoAmI") === 0) await new Promise((resolve) => setImmediate(resolve));
  await client.account.logIn(login);
  go();
  await assert.rejects(asking, { code: "unauthenticated" });
  assert.equal((await client.account.saved())?.unlocked, true);
  assert("token" in (store.dump()["account"] as object));
});

test("in a browser the session is a cookie, and no token is asked for, sent or kept", async () => {
  const town = new Town();
  const { client, store } = device(town, "opaque", { session: "cookie" });
  const transports: string[] = [];
  town.on("account.register", async (next, input) => {
    transports.push(input.transport);
    const answer = await next();
    return { ...answer, session: { ...answer.session, token: null } };
  });
  await client.account.signUp(signup);
  assert.deepEqual(transports, ["cookie"]);
  assert.equal((store.dump()["account"] as { token: unknown }).token, null);
});

test("sessions are listed and ended, prices read and set", async () => {
  const town = new Town();
  const alice = await town.person("alice@a.test");
  const other = await town.device(alice.account);
  const sessions = await alice.client.account.listSessions();
  assert.deepEqual(
    sessions.map(({ current }) => current),
    [true, false],
  );
  const saved = await other.client.account.saved();
  await alice.client.account.endSession(saved?.sessionId as never);
  await assert.rejects(other.client.account.whoAmI(), { code: "unauthenticated" });
  await town.device(alice.account);
  assert.equal(await alice.client.account.endOtherSessions(), 1);
  assert.equal(await alice.client.account.checkAvailability(address), "taken");
  assert.deepEqual(await alice.client.account.getSettings(), {
    firstContact: 1600,
    message: 1600,
    minimum: 1,
  });
  assert.equal((await alice.client.account.setSettings({ message: 5 })).minimum, 1);
});
