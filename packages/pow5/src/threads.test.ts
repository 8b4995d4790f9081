import assert from "node:assert/strict";
import { mock, suite, test } from "node:test";
import type { Slice, SliceResult } from "./slice.ts";
import { createThreadedMiner } from "./threads.ts";
import type { StartThread } from "./threads.ts";

const NEVER = 2 ** 53 - 1;

function parts(count: number, difficulty = NEVER): { seed: Uint8Array; difficulty: number }[] {
  return Array.from({ length: count }, (_, index) => {
    return { seed: new Uint8Array(32).fill(index), difficulty };
  });
}

const nonceWith = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(byte);

/** Threads that do what the test says: it looks at the slices they have, and answers. */
class FakeThreads {
  readonly all: FakeThread[] = [];
  failAfter = Infinity;

  readonly start: StartThread = (events) => {
    if (this.all.length === this.failAfter) throw new Error("no more threads");
    const thread = new FakeThread(events);
    this.all.push(thread);
    return thread;
  };

  get living(): FakeThread[] {
    return this.all.filter(({ terminated }) => !terminated);
  }

  get slices(): Slice[] {
    return this.living.flatMap(({ slices }) => slices);
  }

  /** Every thread answers what it has, without a solution. */
  answerAll(): void {
    for (const thread of this.living)
      for (const slice of [...thread.slices]) thread.answer({}, slice);
  }

  /** A thread that works on the part whose seed is so many times the byte `part` solves it. */
  solve(part: number, nonce = nonceWith(part)): void {
    for (const thread of this.living) {
      const slice = thread.slices.find(({ seed }) => seed[0] === part);
      if (slice) {
        thread.answer({ nonce, tried: 1 }, slice);
        return;
      }
    }
    assert.fail(`no thread works on part ${part}`);
  }
}

class FakeThread {
  readonly slices: Slice[] = [];
  readonly events: Parameters<StartThread>[0];
  busy = false;
  terminated = false;

  constructor(events: Parameters<StartThread>[0]) {
    this.events = events;
  }

  post(slice: Slice): void {
    assert.ok(!this.terminated, "a slice for a thread that was ended");
    this.slices.push(slice);
  }

  setBusy(busy: boolean): void {
    this.busy = busy;
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Answers a slice, by default the oldest, without a solution and in the time aimed at. */
  answer(result: Partial<SliceResult> = {}, slice = this.slices[0]): Slice {
    assert.ok(slice, "the thread has no slice");
    this.slices.splice(this.slices.indexOf(slice), 1);
    const { id, count } = slice;
    this.events.onResult({ id, nonce: null, tried: count, milliseconds: 8, ...result });
    return slice;
  }
}

function start(threads: number): {
  fake: FakeThreads;
  miner: ReturnType<typeof createThreadedMiner>;
} {
  const fake = new FakeThreads();
  return { fake, miner: createThreadedMiner(threads, fake.start) };
}

/** The thread with that index, which has been started. */
function threadOf(fake: FakeThreads, index: number): FakeThread {
  const thread = fake.all[index];
  assert.ok(thread);
  return thread;
}

suite("sharing the work", () => {
  test("nonces come in the order of the parts, and each part is reported once, when it is solved", async () => {
    const { fake, miner } = start(2);
    const solved: number[] = [];
    const job = miner.mine(parts(3), { onPart: (index) => solved.push(index) });
    for (const part of [2, 0, 1]) fake.solve(part);
    assert.deepEqual(await job, [nonceWith(0), nonceWith(1), nonceWith(2)]);
    assert.deepEqual(solved, [2, 0, 1]);
  });

  test("all threads help with the last part, and the first solution counts", async () => {
    const { fake, miner } = start(3);
    const solved: number[] = [];
    const job = miner.mine(parts(2), { onPart: (index) => solved.push(index) });
    fake.solve(0, nonceWith(10));
    // The others had slices of part 0 before it was solved. Once those are answered they have none.
    fake.answerAll();
    assert.deepEqual(new Set(fake.slices.map(({ seed }) => seed[0])), new Set([1]));
    assert.equal(fake.slices.length, 6);
    fake.solve(1, nonceWith(11));
    threadOf(fake, 2).answer({ nonce: nonceWith(12) });
    assert.deepEqual(await job, [nonceWith(10), nonceWith(11)]);
    assert.deepEqual(solved, [0, 1]);
  });

  test("no nonce is tried twice, by whichever thread", () => {
    const { fake, miner } = start(3);
    void miner.mine(parts(2)).catch(() => undefined);
    void miner.mine(parts(2)).catch(() => undefined);
    const seen = new Set<string>();
    for (let i = 0; i < 3000; i++) {
      const { startNonce, count } = threadOf(fake, i % 3).answer({ milliseconds: 1 });
      // The kernel counts up the last four bytes alone, so slices are apart when the others differ.
      assert.ok(count <= 2 ** 20);
      seen.add(Buffer.from(startNonce.subarray(0, 28)).toString("hex"));
    }
    assert.equal(seen.size, 3000);
    miner.close();
  });

  test("jobs at the same time share the threads evenly", () => {
    const { fake, miner } = start(1);
    for (const name of [100, 101, 102]) {
      void miner.mine([{ seed: nonceWith(name), difficulty: NEVER }]).catch(() => undefined);
    }
    const slices = new Map<number, number>();
    for (let i = 0; i < 300; i++) {
      const name = threadOf(fake, 0).answer().seed[0] ?? 0;
      slices.set(name, (slices.get(name) ?? 0) + 1);
    }
    for (const [name, count] of slices) assert.ok(Math.abs(count - 100) <= 2, `${name}: ${count}`);
    assert.equal(slices.size, 3);
    miner.close();
  });

  test("a thread has two slices at most, and they grow or shrink to some milliseconds", () => {
    const { fake, miner } = start(1);
    void miner.mine(parts(16)).catch(() => undefined);
    const thread = threadOf(fake, 0);
    assert.equal(thread.slices.length, 2);
    /** A machine that tries so many nonces in a millisecond. */
    const run = (rate: number): number => {
      for (let i = 0; i < 30; i++) {
        thread.answer({ milliseconds: (thread.slices[0]?.count ?? 0) / rate });
        assert.equal(thread.slices.length, 2);
      }
      return (thread.slices[1]?.count ?? 0) / rate;
    };
    for (const rate of [800, 3, 0.5, 20_000]) {
      const milliseconds = run(rate);
      assert.ok(milliseconds > 4 && milliseconds < 10, `${milliseconds} ms at ${rate} per ms`);
    }
    miner.close();
  });

  test("what was tried is told, solution included", async () => {
    const { fake, miner } = start(1);
    let tried = 0;
    const job = miner.mine(parts(1), { onTried: (count) => (tried += count) });
    const [first] = fake.slices;
    threadOf(fake, 0).answer();
    threadOf(fake, 0).answer({ nonce: nonceWith(0), tried: 7 });
    await job;
    assert.equal(tried, (first?.count ?? 0) + 7);
  });

  test("no parts are no work", async () => {
    const { fake, miner } = start(2);
    assert.deepEqual(await miner.mine([]), []);
    assert.equal(fake.all.length, 0);
  });

  test("the caller may use the memory of a seed again at once", () => {
    const { fake, miner } = start(1);
    const seed = nonceWith(5);
    void miner.mine([{ seed, difficulty: NEVER }]).catch(() => undefined);
    seed.fill(6);
    threadOf(fake, 0).answer();
    for (const slice of fake.slices) assert.deepEqual(slice.seed, nonceWith(5));
    miner.close();
  });
});

suite("ending", () => {
  test("a cancelled job rejects at once with the signal's reason, and gets no more slices", async () => {
    const { fake, miner } = start(2);
    const controller = new AbortController();
    const solved: number[] = [];
    const job = miner.mine(parts(4), {
      signal: controller.signal,
      onPart: (index) => solved.push(index),
    });
    const reason = new Error("the user went away");
    controller.abort(reason);
    await assert.rejects(job, reason);
    assert.ok(fake.all.every(({ busy }) => !busy));
    threadOf(fake, 0).answer({ nonce: nonceWith(0) });
    threadOf(fake, 0).answer();
    assert.deepEqual(threadOf(fake, 0).slices, []);
    assert.deepEqual(solved, []);
  });

  test("cancelling one job leaves the other alone", async () => {
    const { fake, miner } = start(1);
    const controller = new AbortController();
    const cancelled = miner.mine([{ seed: nonceWith(100), difficulty: NEVER }], {
      signal: controller.signal,
    });
    const job = miner.mine(parts(1));
    controller.abort();
    await assert.rejects(cancelled, { name: "AbortError" });
    assert.ok(threadOf(fake, 0).busy);
    fake.answerAll();
    fake.solve(0);
    assert.deepEqual(await job, [nonceWith(0)]);
  });

  test("a signal that is aborted already starts nothing", async () => {
    const { fake, miner } = start(1);
    await assert.rejects(miner.mine(parts(1), { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
    assert.equal(fake.all.length, 0);
  });

  test("a finished job no longer listens to its signal", async () => {
    const { fake, miner } = start(1);
    const { signal } = new AbortController();
    const removed = mock.method(signal, "removeEventListener");
    const job = miner.mine(parts(1), { signal });
    fake.solve(0);
    await job;
    assert.equal(removed.mock.callCount(), 1);
  });

  test("threads start with the first job, are idle when there is none, and serve the next", async () => {
    const { fake, miner } = start(2);
    assert.equal(fake.all.length, 0);
    for (let i = 0; i < 2; i++) {
      const job = miner.mine(parts(1));
      assert.ok(fake.all.every(({ busy }) => busy));
      fake.answerAll();
      fake.solve(0);
      await job;
      assert.ok(fake.all.every(({ busy, terminated }) => !busy && !terminated));
    }
    assert.equal(fake.all.length, 2);
  });

  test("closing rejects what is under way, ends the threads, and takes no more", async () => {
    const { fake, miner } = start(2);
    const job = miner.mine(parts(1));
    miner.close();
    miner.close();
    await assert.rejects(job, /the miner was closed/);
    assert.ok(fake.all.every(({ terminated }) => terminated));
    await assert.rejects(miner.mine(parts(1)), /the miner is closed/);
  });

  test("a callback that throws ends its own job, and no other", async () => {
    const { fake, miner } = start(1);
    const failing = miner.mine([{ seed: nonceWith(100), difficulty: NEVER }], {
      onPart: () => {
        throw new Error("the progress bar broke");
      },
    });
    const job = miner.mine(parts(1));
    fake.solve(100);
    fake.solve(0);
    await assert.rejects(failing, /the progress bar broke/);
    assert.deepEqual(await job, [nonceWith(0)]);
  });
});

suite("breaking down", () => {
  test("a thread that dies rejects every job, and the next job has new threads", async () => {
    const { fake, miner } = start(2);
    const jobs = [miner.mine(parts(1)), miner.mine(parts(1))];
    threadOf(fake, 1).events.onDeath(new Error("out of memory"));
    for (const job of jobs) {
      await assert.rejects(job, /a mining thread stopped: out of memory/);
    }
    assert.ok(fake.all.every(({ terminated }) => terminated));

    const next = miner.mine(parts(1));
    assert.equal(fake.all.length, 4);
    // Late news of the dead threads is no news.
    threadOf(fake, 0).events.onDeath(new Error("it ended with code 1"));
    threadOf(fake, 0).answer({ nonce: nonceWith(9) });
    fake.solve(0);
    assert.deepEqual(await next, [nonceWith(0)]);
  });

  test("a thread that dies while idle is replaced for the next job", async () => {
    const { fake, miner } = start(1);
    const first = miner.mine(parts(1));
    fake.solve(0);
    await first;
    threadOf(fake, 0).events.onDeath(new Error("it ended with code 1"));
    const next = miner.mine(parts(1));
    fake.solve(0);
    assert.deepEqual(await next, [nonceWith(0)]);
  });

  test("a thread that does not start rejects the job, and ends those that did", async () => {
    const { fake, miner } = start(3);
    fake.failAfter = 2;
    await assert.rejects(miner.mine(parts(1)), /a mining thread stopped: no more threads/);
    assert.equal(fake.all.length, 2);
    assert.ok(fake.all.every(({ terminated }) => terminated));
  });

  test(
    "a thread that falls silent rejects the job, one that is slow does not",
    {
      timeout: 10_000,
    },
    async (t) => {
      t.mock.timers.enable({ apis: ["setInterval"] });
      const { fake, miner } = start(2);
      const job = miner.mine(parts(1));
      const slow = threadOf(fake, 0);
      let rejected = false;
      job.catch(() => (rejected = true));
      const looks = async (): Promise<void> => {
        for (let i = 0; i < 6; i++) t.mock.timers.tick(5000);
        await Promise.resolve();
      };
      for (let i = 0; i < 3; i++) {
        await looks();
        for (const thread of fake.all) thread.answer();
      }
      assert.equal(rejected, false);
      await looks();
      slow.answer();
      t.mock.timers.tick(5000);
      await assert.rejects(job, /a mining thread stopped: it has not answered for half a minute/);
    },
  );
});

suite("what is no job", () => {
  test("a part without a seed of 32 bytes or with no difficulty is refused before anything starts", async () => {
    const { fake, miner } = start(1);
    const [good] = parts(1);
    assert.ok(good);
    for (const difficulty of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
      await assert.rejects(miner.mine([good, { ...good, difficulty }]), RangeError);
    }
    for (const size of [0, 31, 33]) {
      await assert.rejects(miner.mine([{ ...good, seed: new Uint8Array(size) }]), RangeError);
    }
    assert.equal(fake.all.length, 0);
  });

  test("a number of threads that is none is refused", () => {
    for (const threads of [0, -1, 1.5, Number.NaN, 1025]) {
      assert.throws(() => createThreadedMiner(threads, new FakeThreads().start), RangeError);
    }
  });
});
