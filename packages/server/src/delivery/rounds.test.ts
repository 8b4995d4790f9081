import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { type Later, Rounds, type Turn } from "./rounds.ts";

const DOMAIN = "b.test" as Domain;
const OTHER = "c.test" as Domain;

interface Pause {
  readonly milliseconds: number;
  readonly work: () => void;
}

/** Pauses that end when the test says so. */
class Pauses {
  readonly #open: Pause[] = [];

  readonly later: Later = (milliseconds, work) => {
    const entry = { milliseconds, work };
    this.#open.push(entry);
    return () => this.#remove(entry);
  };

  get lengths(): number[] {
    return this.#open.map(({ milliseconds }) => milliseconds);
  }

  /** Ends all that last now. */
  end(): void {
    for (const entry of this.#open.splice(0)) entry.work();
  }

  #remove(entry: Pause): void {
    const index = this.#open.indexOf(entry);
    if (index >= 0) this.#open.splice(index, 1);
  }
}

/** Work whose turns the test ends. */
class Work {
  readonly turns: ((turn: Turn | Error) => void)[] = [];
  begun = 0;

  readonly run = (): Promise<Turn> => {
    this.begun++;
    return new Promise((resolve, reject) => {
      this.turns.push((turn) => (turn instanceof Error ? reject(turn) : resolve(turn)));
    });
  };

  async end(turn: Turn | Error): Promise<void> {
    this.turns.shift()?.(turn);
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function open(t: TestContext) {
  const pauses = new Pauses();
  const errors: unknown[] = [];
  const rounds = new Rounds({
    later: pauses.later,
    random: (length) => new Uint8Array(length).fill(255),
    onError: (error) => errors.push(error),
  });
  t.after(() => void rounds.stop());
  return { pauses, rounds, errors };
}

test("what is done does not come again, and nothing is left of it", async (t) => {
  const { pauses, rounds } = open(t);
  const work = new Work();
  rounds.add(DOMAIN, "one", work.run);
  assert(rounds.isBusy(DOMAIN));
  await work.end({ kind: "done" });
  assert.deepEqual([work.begun, pauses.lengths, rounds.isBusy(DOMAIN)], [1, [], false]);
});

test("while a domain cannot be reached one key alone is tried, with pauses that grow to half a minute", async (t) => {
  const { pauses, rounds } = open(t);
  const [first, second, elsewhere] = [new Work(), new Work(), new Work()];
  rounds.add(DOMAIN, "one", first.run);
  await first.end({ kind: "fault" });
  rounds.add(DOMAIN, "two", second.run);
  rounds.add(OTHER, "one", elsewhere.run);
  assert.deepEqual([first.begun, second.begun, elsewhere.begun], [1, 0, 1], "others do not wait");
  const lengths: number[] = [];
  const begun = () => first.begun + second.begun;
  const running = () => first.turns.length + second.turns.length;
  for (let n = 0; n < 8; n++) {
    lengths.push(...pauses.lengths.map(Math.round));
    pauses.end();
    assert.deepEqual([begun(), running()], [n + 2, 1]);
    await (first.turns.length > 0 ? first : second).end({ kind: "fault" });
  }
  assert.deepEqual(lengths, [999, 1998, 3996, 7992, 15_984, 29_971, 29_971, 29_971]);
  assert.equal(first.begun - second.begun, 1, "they take turns");
  pauses.end();
  await first.end({ kind: "done" });
  assert.equal(second.turns.length, 1, "the domain is back: all go on");
  await second.end({ kind: "fault" });
  assert.deepEqual(pauses.lengths.map(Math.round), [999], "pauses begin anew");
});

test("what fails again and again keeps nobody else from being tried", async (t) => {
  const { pauses, rounds } = open(t);
  const [bad, good] = [new Work(), new Work()];
  rounds.add(DOMAIN, "bad", bad.run);
  await bad.end({ kind: "fault" });
  rounds.add(DOMAIN, "good", good.run);
  pauses.end();
  assert.deepEqual([bad.begun, good.begun], [2, 0]);
  await bad.end({ kind: "fault" });
  pauses.end();
  assert.deepEqual([bad.begun, good.begun], [2, 1]);
  await good.end({ kind: "done" });
  assert.equal(bad.begun, 3, "the domain is there");
});

test("a domain that says when to ask again is not asked before, nor left alone for longer than half a minute", async (t) => {
  const { pauses, rounds } = open(t);
  const work = new Work();
  rounds.add(DOMAIN, "one", work.run);
  await work.end({ kind: "fault", retryAfter: 9_000 });
  assert.deepEqual(pauses.lengths, [9_000]);
  pauses.end();
  await work.end({ kind: "fault", retryAfter: 86_400_000 });
  assert.deepEqual(pauses.lengths, [30_000]);
});

test("a key that has to wait rests by itself, and the others of its domain go on", async (t) => {
  const { pauses, rounds } = open(t);
  const [slow, quick] = [new Work(), new Work()];
  rounds.add(DOMAIN, "slow", slow.run);
  await slow.end({ kind: "later" });
  rounds.add(DOMAIN, "quick", quick.run);
  assert.equal(quick.begun, 1);
  await quick.end({ kind: "done" });
  pauses.end();
  assert.equal(slow.begun, 2);
  await slow.end({ kind: "later" });
  assert.deepEqual(pauses.lengths.map(Math.round), [1998]);
});

test("when a domain shows itself, everything that waits for it goes at once", async (t) => {
  const { pauses, rounds } = open(t);
  const [failed, resting] = [new Work(), new Work()];
  rounds.add(DOMAIN, "resting", resting.run);
  await resting.end({ kind: "later" });
  rounds.add(DOMAIN, "failed", failed.run);
  await failed.end({ kind: "fault" });
  rounds.wake(DOMAIN);
  assert.deepEqual([failed.begun, resting.begun, pauses.lengths], [2, 2, []]);
});

test("what is asked for while it is under way comes once more, however often it was asked for", async (t) => {
  const { rounds } = open(t);
  const work = new Work();
  rounds.add(DOMAIN, "one", work.run);
  rounds.add(DOMAIN, "one", work.run);
  rounds.add(DOMAIN, "one", work.run);
  assert.equal(work.begun, 1);
  await work.end({ kind: "done" });
  assert.equal(work.begun, 2);
  await work.end({ kind: "done" });
  assert.deepEqual([work.begun, rounds.isBusy(DOMAIN)], [2, false]);
});

test("of one domain at most thirty-two keys are under way at once", async (t) => {
  const { rounds } = open(t);
  const works = Array.from({ length: 40 }, () => new Work());
  for (const [index, work] of works.entries()) rounds.add(DOMAIN, `${index}`, work.run);
  const begun = () => works.filter((work) => work.begun > 0).length;
  assert.equal(begun(), 32);
  await works[0]?.end({ kind: "done" });
  assert.equal(begun(), 33);
});

test("a fault of this server is told, and what it was about comes again", async (t) => {
  const { errors, pauses, rounds } = open(t);
  const work = new Work();
  rounds.add(DOMAIN, "one", work.run);
  const fault = new Error("the disk is full");
  await work.end(fault);
  assert.deepEqual(errors, [fault]);
  pauses.end();
  assert.equal(work.begun, 2);
});

test("a stop waits for what is under way, and begins nothing more", async (t) => {
  const { pauses, rounds } = open(t);
  const [running, waiting] = [new Work(), new Work()];
  rounds.add(DOMAIN, "one", running.run);
  let stopped = false;
  const stop = rounds.stop().then(() => (stopped = true));
  await settled();
  assert.equal(stopped, false);
  rounds.add(DOMAIN, "two", waiting.run);
  await running.end({ kind: "later" });
  await stop;
  pauses.end();
  assert.deepEqual([running.begun, waiting.begun], [1, 0]);
});
