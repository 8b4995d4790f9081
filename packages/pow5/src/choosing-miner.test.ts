import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createChoosingMiner } from "./choosing-miner.ts";
import { createGpuMiner } from "./gpu/miner.ts";
import type { GpuRefusal } from "./gpu/processor.ts";
import { createJobs, unsolved } from "./job.ts";
import type { Job } from "./job.ts";
import { createKernel } from "./kernel.ts";
import type { Bytes, Part } from "./kernel.ts";
import type { Miner } from "./miner.ts";
import { createNodeMiner } from "./node.ts";
import { FakeGpu } from "./testing/fake-gpu.ts";
import type { FakeGpuOptions } from "./testing/fake-gpu.ts";
import { builtModule } from "./testing/kernels.ts";

const kernel = createKernel(builtModule("kernel"));
const NEVER = 2 ** 53 - 1;

function parts(count: number, difficulty = 200): Part[] {
  return Array.from({ length: count }, (_, index) => {
    return { seed: new Uint8Array(32).fill(index), difficulty };
  });
}

function assertSolved(work: readonly Part[], nonces: readonly Uint8Array[]): void {
  assert.equal(nonces.length, work.length);
  for (const [index, part] of work.entries()) {
    const nonce = nonces[index];
    assert.ok(nonce && kernel.verify({ ...part, nonce }), `part ${index}`);
  }
}

/** A miner that solves what the test says. */
class FakeMiner implements Miner {
  readonly threads = 4;
  readonly #jobs = createJobs(
    () => undefined,
    () => undefined,
  );
  readonly mine = this.#jobs.mine;
  readonly close = (): void => {
    this.closed = true;
    this.#jobs.close();
  };
  closed = false;

  get job(): Job {
    const [job] = this.#jobs.all;
    assert.ok(job, "it has no job");
    return job;
  }

  get isIdle(): boolean {
    return this.#jobs.all.size === 0;
  }

  /** The seeds, by their first byte, that it looks for nonces for. */
  get wanted(): number[] {
    return unsolved(this.job).map(({ seed }) => seed[0] ?? -1);
  }

  solve(seed: number): void {
    const task = unsolved(this.job).find((one) => one.seed[0] === seed);
    assert.ok(task, `nobody looks for ${seed}`);
    this.#jobs.note(task, nonceWith(seed), 1);
  }
}

const nonceWith = (byte: number): Bytes => new Uint8Array(32).fill(byte);
const NONE: GpuRefusal = { refused: "no-adapter", detail: "there is none" };

/** Lets everything happen that does not wait for us. */
const settle = (): Promise<void> => new Promise(setImmediate);

suite("choosing", () => {
  test("a graphics processor that proves itself does the work, and no thread is started", async () => {
    const gpu = new FakeGpu();
    const miner = createChoosingMiner({
      openGpu: () => createGpuMiner({ gpu: gpu.asGpu, kernel }),
      openThreads: () => assert.fail("a thread was wanted"),
    });
    assert.equal(await miner.prepare(), "gpu");
    const work = parts(16);
    assertSolved(work, await miner.mine(work));
    assert.deepEqual([miner.path, miner.reason, miner.threads], ["gpu", null, 0]);
    miner.close();
    assert.ok(gpu.devices.every(({ isDestroyed }) => isDestroyed));
  });

  test("it is asked once, however often there is work", async () => {
    let asked = 0;
    const threads = new FakeMiner();
    const miner = createChoosingMiner({
      openGpu: async () => (asked++, NONE),
      openThreads: () => threads,
    });
    assert.equal(await miner.prepare(), "cpu");
    for (let i = 0; i < 3; i++) {
      const job = miner.mine(parts(1));
      await settle();
      threads.solve(0);
      assert.deepEqual(await job, [nonceWith(0)]);
    }
    assert.equal(asked, 1);
    assert.deepEqual([miner.path, miner.reason, miner.threads], ["cpu", NONE, 4]);
  });

  for (const [name, options] of [
    ["gives wrong answers", { onFound: (found) => found.fill(0) }],
    ["does not compile the kernel", { compiles: false }],
    ["is software", { isSoftware: true }],
    ["is not there", { adapter: "none" }],
  ] satisfies [string, FakeGpuOptions][]) {
    test(`where the graphics processor ${name}, threads do the work`, async () => {
      const gpu = new FakeGpu(options);
      const miner = createChoosingMiner({
        openGpu: () => createGpuMiner({ gpu: gpu.asGpu, kernel }),
        openThreads: () => createNodeMiner({ threads: 1 }),
      });
      const work = parts(4);
      assertSolved(work, await miner.mine(work));
      assert.equal(await miner.prepare(), "cpu");
      assert.ok(miner.reason && "refused" in miner.reason);
      miner.close();
    });
  }

  test("work starts on threads while the graphics processor is still being opened, and goes over to it", async () => {
    const opening = Promise.withResolvers<Miner>();
    const [threads, gpu] = [new FakeMiner(), new FakeMiner()];
    const miner = createChoosingMiner({
      openGpu: () => opening.promise,
      openThreads: () => threads,
    });
    const told: number[] = [];
    const job = miner.mine(parts(4), { onPart: (index) => told.push(index) });
    await settle();
    threads.solve(1);
    opening.resolve(gpu);
    await settle();
    assert.ok(threads.isIdle);
    assert.deepEqual(gpu.wanted, [0, 2, 3], "what is solved stays solved");
    for (const seed of [3, 0, 2]) gpu.solve(seed);
    assert.deepEqual(await job, [0, 1, 2, 3].map(nonceWith));
    assert.deepEqual(told, [1, 3, 0, 2]);
  });

  test("threads that do not start reject the job, and are tried again with the next", async () => {
    const threads = new FakeMiner();
    let tries = 0;
    const miner = createChoosingMiner({
      openGpu: async () => NONE,
      openThreads: async () => {
        if (tries++ === 0) throw new Error("the kernel did not load");
        return threads;
      },
    });
    await assert.rejects(miner.mine(parts(1)), /the kernel did not load/);
    const job = miner.mine(parts(1));
    await settle();
    threads.solve(0);
    assert.deepEqual(await job, [nonceWith(0)]);
  });
});

suite("a graphics processor that fails in mid-work", () => {
  for (const [name, fault, options] of [
    [
      "is lost half-way",
      "lost",
      { onDispatch: (index, device) => (index === 4 ? (device.lose(), "unanswered") : "right") },
    ],
    ["stops computing", "wrong", { onFound: (found, index) => index > 3 && found.fill(0) }],
    ["finds what is none", "wrong", { onFound: (found, index) => index > 3 && found.fill(1, 2) }],
  ] satisfies [string, string, FakeGpuOptions][]) {
    test(`threads go on where one ${name}, and what was solved stays solved`, async () => {
      const gpu = new FakeGpu(options);
      const wanted: number[] = [];
      const threads = createNodeMiner({ threads: 1 });
      const watched: Miner = {
        ...threads,
        mine: (rest, mineOptions) => {
          wanted.push(...rest.map(({ seed }) => seed[0] ?? -1));
          return threads.mine(rest, mineOptions);
        },
      };
      const miner = createChoosingMiner({
        openGpu: () => createGpuMiner({ gpu: gpu.asGpu, kernel }),
        openThreads: () => watched,
      });
      assert.equal(await miner.prepare(), "gpu");
      const work = [...parts(8, 40), ...parts(16, 30_000).slice(8)];
      const told: number[] = [];
      const nonces = await miner.mine(work, {
        onPart: (index, nonce) => {
          assert.ok(
            kernel.verify({ ...(work[index] ?? work[0] ?? { seed: nonce, difficulty: 1 }), nonce }),
          );
          told.push(index);
        },
      });
      assertSolved(work, nonces);
      assert.deepEqual(
        told.toSorted((a, b) => a - b),
        work.map((_, index) => index),
        "each part is told of once",
      );
      assert.ok(wanted.length > 0 && wanted.length <= 8, `threads were given ${wanted}`);
      assert.equal(miner.path, "cpu");
      assert.ok(miner.reason && "fault" in miner.reason);
      assert.equal(miner.reason.fault, fault);
      miner.close();
    });
  }

  test("one that was lost is asked again for the next job, one that lied is not", async () => {
    for (const [options, devices] of [
      [{ onDispatch: (index, device) => (index > 0 ? (device.lose(), "unanswered") : "right") }, 3],
      [{ onFound: (found, index) => index > 0 && found.fill(0) }, 1],
    ] satisfies [FakeGpuOptions, number][]) {
      const gpu = new FakeGpu(options);
      const threads = createNodeMiner({ threads: 1 });
      const miner = createChoosingMiner({
        openGpu: () => createGpuMiner({ gpu: gpu.asGpu, kernel }),
        openThreads: () => threads,
      });
      for (let i = 0; i < 5; i++) {
        await miner.prepare();
        const work = parts(2, 30);
        assertSolved(work, await miner.mine(work));
      }
      assert.equal(gpu.devices.length, devices);
      miner.close();
    }
  });
});

suite("ending", () => {
  test("a cancelled job rejects at once with the signal's reason, on either path and before there is one", async () => {
    const opening = new Promise<never>(() => undefined);
    for (const openGpu of [async () => new FakeMiner(), async () => NONE, async () => opening]) {
      const miner = createChoosingMiner({ openGpu, openThreads: () => new FakeMiner() });
      const controller = new AbortController();
      const job = miner.mine(parts(2, NEVER), { signal: controller.signal });
      await settle();
      controller.abort(new Error("the user went away"));
      await assert.rejects(job, /the user went away/);
      await assert.rejects(miner.mine(parts(1), { signal: controller.signal }), /went away/);
    }
  });

  test("closing ends everything, also what is opened later", async () => {
    const opening = Promise.withResolvers<Miner>();
    const [threads, gpu] = [new FakeMiner(), new FakeMiner()];
    const miner = createChoosingMiner({
      openGpu: () => opening.promise,
      openThreads: () => threads,
    });
    const job = miner.mine(parts(1));
    await settle();
    miner.close();
    await assert.rejects(job, /the miner was closed/);
    opening.resolve(gpu);
    await settle();
    assert.ok(threads.closed && gpu.closed);
    await assert.rejects(miner.mine(parts(1)), /the miner was closed/);
  });

  test("a part that is none is refused before anything is opened", async () => {
    const miner = createChoosingMiner({
      openGpu: () => assert.fail("it was asked"),
      openThreads: () => assert.fail("they were started"),
    });
    await assert.rejects(miner.mine(parts(1, 0)), RangeError);
    assert.deepEqual(await miner.mine([]), []);
  });
});

test("the speed is that of the present path, while it worked", async () => {
  let at = 0;
  const gpu = new FakeMiner();
  const miner = createChoosingMiner({
    openGpu: async () => gpu,
    openThreads: () => new FakeMiner(),
    now: () => at,
  });
  await miner.prepare();
  assert.equal(miner.hashesPerSecond, null);
  const job = miner.mine(parts(1));
  await settle();
  at += 2000;
  gpu.job.options.onTried?.(1_000_000);
  gpu.solve(0);
  await job;
  at += 60_000;
  assert.equal(miner.hashesPerSecond, 500_001);
});
