import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  BASE,
  BREAKER,
  Budget,
  MOST,
  type Outcome,
  Totals,
  type Turn,
  type TurnAnswer,
  UNVERIFIED,
  UNVERIFIED_IN_ALL,
  WAITING,
} from "./outbound-budget.ts";
import type { Cause } from "./outbound.ts";

/** How long a request has, in milliseconds; the door's own. */
const TIME = 5_000;

/** Budgets under a clock that only a test moves. */
function clocked(t: TestContext, { limits = true } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_800_000_000_000 });
  const totals = new Totals({ limits, now: Date.now });
  return {
    makeBudget: () => new Budget(totals),
    /** Moves the clock, a little at a time, and lets everybody do what is due. */
    pass: async (milliseconds: number): Promise<void> => {
      for (let left = milliseconds; left > 0; left -= 10) {
        t.mock.timers.tick(Math.min(10, left));
        await settle();
      }
    },
  };
}

/** Until what has been answered has been heard. */
async function settle(): Promise<void> {
  for (let count = 0; count < 5; count++) await Promise.resolve();
}

/** A request: when it started, or that it was sent away. */
interface Asked {
  readonly cause: Cause;
  answer: TurnAnswer | null;
  startedAt: number | null;
}

function ask(budget: Budget, cause: Cause, { holds = false } = {}): Asked {
  const asked: Asked = { cause, answer: null, startedAt: null };
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(), TIME);
  void budget.take(cause, time.signal).then((answer) => {
    clearTimeout(timer);
    asked.answer = answer;
    if (!("turn" in answer)) return;
    asked.startedAt = Date.now();
    if (!holds) answer.turn.end("answered");
  });
  return asked;
}

const askMany = (budget: Budget, cause: Cause, count: number, options = {}): Asked[] =>
  Array.from({ length: count }, () => ask(budget, cause, options));

const started = (asked: readonly Asked[]): Asked[] =>
  asked.filter(({ startedAt }) => startedAt !== null);
const sentAway = (asked: readonly Asked[]): Asked[] =>
  asked.filter(({ answer }) => answer !== null && "retryAfter" in answer);
function turnOf({ answer }: Asked): Turn {
  assert(answer !== null && "turn" in answer);
  return answer.turn;
}

/** The most that started within any second. */
function mostInASecond(asked: readonly Asked[]): number {
  const times = started(asked).map(({ startedAt }) => startedAt as number);
  return Math.max(
    0,
    ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length),
  );
}

/** One request that ends so. */
async function ends(budget: Budget, outcome: Outcome): Promise<void> {
  const asked = ask(budget, "delivery", { holds: true });
  await settle();
  turnOf(asked).end(outcome);
}

test("a host that nothing is known of is asked four things at once and ten in any second; the others wait their turn", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const atOnce = makeBudget();
  const held = askMany(atOnce, "user", 6, { holds: true });
  await pass(2_000);
  assert.equal(started(held).length, BASE.atOnce);
  turnOf(held[0] as Asked).end("answered");
  turnOf(held[0] as Asked).end("answered");
  await pass(10);
  assert.equal(started(held).length, BASE.atOnce + 1);

  const budget = makeBudget();
  const many = askMany(budget, "user", 40);
  await settle();
  assert.equal(started(many).length, BASE.perSecond);
  await pass(4_900);
  assert.equal(mostInASecond(many), BASE.perSecond);
  assert.equal(started(many).length, 40);
  // In the order in which they came.
  const times = many.map(({ startedAt }) => startedAt as number);
  assert.deepEqual(
    times.toSorted((a, b) => a - b),
    times,
  );
});

test("whoever has no turn within its five seconds, or comes when too many wait, is told so", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  const many = askMany(budget, "user", 300);
  await settle();
  assert.equal(sentAway(many).length, 300 - BASE.atOnce - WAITING.atHost.user);
  await pass(TIME);
  assert.equal(started(many).length, 5 * BASE.perSecond);
  assert.equal(started(many).length + sentAway(many).length, 300);
  // Nobody is forgotten in a line: whoever comes later finds room again.
  const later = askMany(budget, "user", 10);
  await pass(1_000);
  assert.equal(started(later).length, 10);
});

test("calls that have proved nothing get half of a host's budget at most, however many there are, and keep nobody else waiting", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  const unverified = askMany(budget, "unverified", 100);
  const held = askMany(makeBudget(), "unverified", 10, { holds: true });
  await settle();
  assert.equal(started(unverified).length, UNVERIFIED.perSecond);
  assert.equal(started(held).length, UNVERIFIED.atOnce);
  const deliveries = askMany(budget, "delivery", 5);
  await settle();
  assert.equal(started(deliveries).length, 5);
  await pass(4_000);
  assert.equal(mostInASecond(unverified), UNVERIFIED.perSecond);
  assert.equal(mostInASecond([...unverified, ...deliveries]), BASE.perSecond);
});

test("no kind of request keeps another from its share: they take turns", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  const deliveries = askMany(budget, "delivery", 60);
  const users = askMany(budget, "user", 60);
  await pass(4_000);
  const share = started(users).length / started([...users, ...deliveries]).length;
  assert(share > 0.3 && share < 0.7, `${share}`);
});

test("what a host may be asked grows with each delivery that verifies, is halved by each failure, and never leaves its bounds", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  budget.grow();
  assert.deepEqual(budget.size, { atOnce: 5, perSecond: 20 });
  for (let count = 0; count < 200; count++) budget.grow();
  assert.deepEqual(budget.size, MOST);
  const many = askMany(budget, "delivery", 60, { holds: true });
  await settle();
  assert.equal(started(many).length, MOST.atOnce);
  for (const one of started(many)) turnOf(one).end("answered");
  await pass(20);
  assert.equal(started(many).length, 60);
  for (const one of started(many)) turnOf(one).end("answered");
  // Not for those who have proved nothing.
  const unverified = askMany(budget, "unverified", 20, { holds: true });
  await settle();
  assert.equal(started(unverified).length, UNVERIFIED.atOnce);
  await ends(budget, "failed");
  assert.deepEqual(budget.size, { atOnce: 16, perSecond: 500 });
  for (let count = 0; count < 3; count++) await ends(budget, "failed");
  assert.deepEqual(budget.size, { atOnce: 4, perSecond: 62 });
});

test("all calls that have proved nothing together cause fifty requests at once, then twenty-five a second, and sixty-four that run", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const asked: Asked[] = [];
  const askEverywhere = (count: number, options = {}): void => {
    for (let one = 0; one < count; one++) asked.push(ask(makeBudget(), "unverified", options));
  };
  askEverywhere(1_000);
  await settle();
  assert.equal(started(asked).length, UNVERIFIED_IN_ALL.burst);
  assert.equal(sentAway(asked).length, 1_000 - UNVERIFIED_IN_ALL.burst - WAITING.inAll.unverified);
  await pass(TIME);
  const most = UNVERIFIED_IN_ALL.burst + (TIME / 1_000) * UNVERIFIED_IN_ALL.perSecond;
  assert(started(asked).length <= most && started(asked).length > most - 10);
  // Those who have a reason are not concerned.
  const users = Array.from({ length: 200 }, () => ask(makeBudget(), "user"));
  await settle();
  assert.equal(started(users).length, 200);
  asked.length = 0;
  for (let round = 0; round < 20; round++) {
    askEverywhere(20, { holds: true });
    await pass(1_000);
  }
  assert.equal(started(asked).length, UNVERIFIED_IN_ALL.atOnce);
});

test("after five failures in a row a host is left alone for fifteen seconds, then tried with one request", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < BREAKER.failures - 1; count++) await ends(budget, "failed");
    await ends(budget, "answered");
    await pass(1_000);
  }
  for (let count = 0; count < BREAKER.failures; count++) await ends(budget, "failed");
  const refused = ask(budget, "delivery");
  await settle();
  assert.deepEqual(refused.answer, { retryAfter: BREAKER.pause });
  await pass(BREAKER.pause - 10);
  const still = ask(budget, "delivery");
  await settle();
  assert.deepEqual(still.answer, { retryAfter: 10 });
  await pass(10);
  const [probe, ...others] = askMany(budget, "delivery", 4, { holds: true });
  assert(probe !== undefined);
  await settle();
  assert.deepEqual([started([probe]).length, sentAway(others).length], [1, 3]);
  turnOf(probe).end("failed");
  const again = ask(budget, "delivery");
  await settle();
  assert.deepEqual(again.answer, { retryAfter: BREAKER.pause });
  await pass(BREAKER.pause);
  await ends(budget, "answered");
  const after = askMany(budget, "delivery", 4, { holds: true });
  await settle();
  assert.equal(started(after).length, 4);
});

test("whoever waits when a host turns out to be down is told at once, and when the host calls, it may be asked again", async (t) => {
  const { makeBudget, pass } = clocked(t);
  const budget = makeBudget();
  for (let count = 0; count < BREAKER.failures - 1; count++) await ends(budget, "failed");
  const held = askMany(budget, "delivery", 4, { holds: true });
  const waiting = askMany(budget, "delivery", 3);
  await settle();
  turnOf(held[0] as Asked).end("failed");
  await settle();
  assert.deepEqual(
    waiting.map(({ answer }) => answer),
    waiting.map(() => ({ retryAfter: BREAKER.pause })),
  );
  for (const one of held) turnOf(one).end("failed");
  budget.closeBreaker();
  const after = ask(budget, "delivery");
  await pass(1_000);
  assert.equal(started([after]).length, 1);
});

test("without limits there are no rates, but still as many at once as ever, and the breaker", async (t) => {
  const { makeBudget } = clocked(t, { limits: false });
  const budget = makeBudget();
  const unverified = askMany(budget, "unverified", 30);
  const many = askMany(budget, "user", 60);
  for (let count = 0; count < 20; count++) await settle();
  assert.equal(started([...many, ...unverified]).length, 90);
  const held = askMany(budget, "user", 20, { holds: true });
  await settle();
  assert.equal(started(held).length, BASE.atOnce);
  for (const one of started(held)) turnOf(one).end("failed");
  await settle();
  for (const one of started(held)) turnOf(one).end("failed");
  const refused = ask(budget, "user");
  await settle();
  assert.equal(sentAway([refused]).length, 1);
});

test("a clock that is set back, or forward, blocks nobody", async () => {
  let time = 1_000_000;
  const totals = new Totals({ limits: true, now: () => time });
  const budget = new Budget(totals);
  const signal = AbortSignal.timeout(60_000);
  const take = async (): Promise<void> => {
    const answer = await budget.take("user", signal);
    assert("turn" in answer);
    answer.turn.end("answered");
  };
  for (let count = 0; count < 10; count++) await take();
  time -= 3_600_000;
  for (let count = 0; count < 10; count++) await take();
  time += 7_200_000;
  for (let count = 0; count < 10; count++) await take();
});

test("a clock that is set back while a host is left alone does not prolong that", async () => {
  let time = 1_000_000_000;
  const budget = new Budget(new Totals({ limits: true, now: () => time }));
  const signal = AbortSignal.timeout(60_000);
  for (let count = 0; count < BREAKER.failures; count++) {
    const answer = await budget.take("delivery", signal);
    assert("turn" in answer);
    answer.turn.end("failed");
  }
  assert.deepEqual(await budget.take("delivery", signal), { retryAfter: BREAKER.pause });
  time -= 3_600_000;
  const probe = await budget.take("delivery", signal);
  assert("turn" in probe);
  probe.turn.end("failed");
  assert.deepEqual(await budget.take("delivery", signal), { retryAfter: BREAKER.pause });
});
