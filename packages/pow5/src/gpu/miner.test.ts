import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createKernel } from "../kernel.ts";
import type { Part } from "../kernel.ts";
import type { Miner } from "../miner.ts";
import { FakeGpu } from "../testing/fake-gpu.ts";
import type { FakeGpuOptions } from "../testing/fake-gpu.ts";
import { builtModule, toHex } from "../testing/kernels.ts";
import { createGpuMiner, createProcessorMiner } from "./miner.ts";
import { GpuFailure, MAX_COUNT } from "./processor.ts";
import type { GpuFault, Processor, Search } from "./processor.ts";

const kernel = createKernel(builtModule("kernel"));
const NEVER = 2 ** 53 - 1;

function parts(count: number, difficulty: number): Part[] {
  return Array.from({ length: count }, (_, index) => {
    return { seed: new Uint8Array(32).fill(index), difficulty };
  });
}

async function start(options: FakeGpuOptions = {}): Promise<{ gpu: FakeGpu; miner: Miner }> {
  const gpu = new FakeGpu(options);
  const miner = await createGpuMiner({ gpu: gpu.asGpu, kernel });
  assert.ok("mine" in miner, JSON.stringify(miner));
  return { gpu, miner };
}

function assertSolved(work: readonly Part[], nonces: readonly Uint8Array[]): void {
  assert.equal(nonces.length, work.length);
  for (const [index, part] of work.entries()) {
    const nonce = nonces[index];
    assert.ok(nonce && kernel.verify({ ...part, nonce }), `part ${index}`);
  }
}

const isFailure = (fault: GpuFault) => (error: unknown) => {
  assert.ok(error instanceof GpuFailure, String(error));
  assert.equal(error.fault, fault);
  return true;
};

/** A processor that does as it is told, and takes as long as it is told. */
function processorOf(run: (searches: readonly Search[]) => (number | null)[], milliseconds = 30) {
  const processor: Processor & { closed: boolean } = {
    closed: false,
    run: async (searches) => {
      await new Promise(setImmediate);
      return { hits: run(searches), milliseconds };
    },
    close: () => (processor.closed = true),
  };
  return processor;
}

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes);

suite("mining on a graphics processor", () => {
  test("solves sixteen parts, and tells of each once, with its nonce", async () => {
    const { miner } = await start();
    const work = parts(16, 500);
    const told = new Map<number, string>();
    let tried = 0;
    const nonces = await miner.mine(work, {
      onPart: (index, nonce) => {
        assert.ok(!told.has(index));
        told.set(index, toHex(nonce));
      },
      onTried: (count) => (tried += count),
    });
    miner.close();
    assertSolved(work, nonces);
    assert.equal(told.size, 16);
    for (const [index, nonce] of told)
      assert.equal(nonce, toHex(nonces[index] ?? random(new Uint8Array(1))));
    assert.ok(tried >= 16);
  });

  test("each dispatch is spread evenly over the parts that are not solved, and no others", async () => {
    const { gpu, miner } = await start();
    const solved = new Set<number>();
    let dispatches = 1;
    await miner.mine(parts(16, 3000), {
      onTried: () => (dispatches = gpu.searches.length),
      onPart: (index) => solved.add(index),
    });
    miner.close();
    assert.ok(dispatches > 3);
    let last = 16;
    for (const all of gpu.searches.slice(1)) {
      // The first two are the proof.
      const searches = all.slice(2);
      assert.equal(new Set(searches.map(({ seed }) => seed[0])).size, searches.length);
      assert.equal(new Set(searches.map(({ count }) => count)).size, 1);
      assert.ok(searches.length <= last && searches.length > 0);
      last = searches.length;
    }
  });

  test("parts that are solved in the same dispatch are all told of", async () => {
    const { gpu, miner } = await start();
    const work = parts(16, 1);
    assertSolved(work, await miner.mine(work));
    assert.equal(gpu.searches.length, 2, "proof and one dispatch");
    miner.close();
  });

  test("two jobs at once share each dispatch", async () => {
    const { gpu, miner } = await start();
    const [first, second] = [parts(4, 400), parts(7, 300)];
    const [nonces, others] = await Promise.all([miner.mine(first), miner.mine(second)]);
    miner.close();
    assertSolved(first, nonces);
    assertSolved(second, others);
    assert.ok(gpu.searches.some((all) => all.length > 2 + 7));
  });

  test("more parts than one dispatch can hold take turns", async () => {
    const { miner } = await start();
    const work = parts(150, 100);
    assertSolved(work, await miner.mine(work));
    miner.close();
  });

  test("no nonce is tried twice, also where its counter passes 32 bits", async () => {
    const ranges = new Map<string, bigint>();
    let dispatches = 0;
    const processor = processorOf((searches) => {
      dispatches++;
      for (const { nonce, count } of searches) {
        const prefix = toHex(nonce.subarray(0, 24));
        const view = new DataView(nonce.buffer, nonce.byteOffset);
        const [high, low] = [view.getUint32(24, true), view.getUint32(28, true)];
        assert.ok(low + count <= 2 ** 32, "the kernel has no carry");
        const first = (BigInt(high) << 32n) + BigInt(low);
        assert.ok(first >= (ranges.get(prefix) ?? 0n));
        ranges.set(prefix, first + BigInt(count));
      }
      return searches.map(() => null);
    }, 1);
    const miner = createProcessorMiner(processor, kernel, random);
    const controller = new AbortController();
    const job = miner.mine(parts(2, NEVER), {
      signal: controller.signal,
      onTried: () => dispatches > 1100 && controller.abort(),
    });
    await assert.rejects(job, { name: "AbortError" });
    assert.equal(ranges.size, 2, "each part has a prefix of its own");
    for (const end of ranges.values()) assert.ok(end > 2n ** 32n, `${end}`);
  });

  test("dispatches grow or shrink to 30 ms", async () => {
    // Nonces in a millisecond: software, a telephone, a workstation, and what got ten times slower.
    for (const rates of [[15], [2000], [1_000_000], [100_000, 10_000]]) {
      let milliseconds = 0;
      let dispatches = 0;
      const processor: Processor = {
        run: async (searches) => {
          const rate = rates[Math.min(Math.floor(dispatches++ / 20), rates.length - 1)] ?? 1;
          milliseconds = searches.reduce((sum, { count }) => sum + count, 0) / rate;
          return { hits: searches.map(() => null), milliseconds };
        },
        close: () => undefined,
      };
      const miner = createProcessorMiner(processor, kernel, random);
      const controller = new AbortController();
      const job = miner.mine(parts(16, NEVER), {
        signal: controller.signal,
        onTried: () => dispatches > 40 && controller.abort(),
      });
      await assert.rejects(job, { name: "AbortError" });
      assert.ok(milliseconds < 50, `${milliseconds} ms at ${rates}`);
      assert.ok(milliseconds > 20, `${milliseconds} ms at ${rates}`);
    }
  });

  test("no part gets more nonces at once than it is likely to need", async () => {
    const counts: number[] = [];
    const processor = processorOf((searches) => {
      counts.push(...searches.map(({ count }) => count));
      return searches.map(() => null);
    }, 1);
    const miner = createProcessorMiner(processor, kernel, random);
    const controller = new AbortController();
    const job = miner.mine(parts(16, 10_000), {
      signal: controller.signal,
      onTried: () => counts.length > 300 && controller.abort(),
    });
    await assert.rejects(job, { name: "AbortError" });
    assert.ok(Math.max(...counts) <= 5_064);
    assert.ok(Math.max(...counts) < MAX_COUNT);
  });
});

suite("a graphics processor that fails", () => {
  test("every hit is verified: one that does not meet the difficulty ends all jobs", async () => {
    const processor = processorOf((searches) => searches.map(() => 0));
    const miner = createProcessorMiner(processor, kernel, random);
    const solved: number[] = [];
    const jobs = [1, 2].map(() =>
      miner.mine(parts(2, NEVER), { onPart: (index) => solved.push(index) }),
    );
    for (const job of jobs) await assert.rejects(job, isFailure("wrong"));
    assert.deepEqual(solved, []);
    assert.ok(processor.closed);
  });

  test("a nonce that is lost in a wrong answer is not solved, and one that is right is", async () => {
    // Says that the last nonce is one, too.
    const { miner } = await start({
      onFound: (found, index) => index > 1 && (found[2] = found[2] || 1),
    });
    await assert.rejects(miner.mine(parts(1, NEVER)), isFailure("wrong"));
  });

  test("one that is lost half-way rejects the job, which has told of what it solved", async () => {
    const { miner } = await start({
      onDispatch: (index, device) => {
        if (index === 4) device.lose();
        return "right";
      },
    });
    const work = [...parts(8, 100), ...parts(1, NEVER)];
    const solved = new Map<number, Uint8Array>();
    const job = miner.mine(work, { onPart: (index, nonce) => solved.set(index, nonce) });
    await assert.rejects(job, isFailure("lost"));
    assert.ok(solved.size > 0);
    for (const [index, nonce] of solved) {
      assert.ok(kernel.verify({ ...(work[index] ?? { seed: nonce, difficulty: 1 }), nonce }));
    }
    await assert.rejects(miner.mine(parts(1, 1)), isFailure("lost"));
  });

  test("the reason why there is none is answered", async () => {
    const gpu = new FakeGpu({ adapter: "none" });
    const miner = await createGpuMiner({ gpu: gpu.asGpu, kernel });
    assert.deepEqual(miner, { refused: "no-adapter", detail: "there is none" });
  });
});

suite("ending", () => {
  test("a cancelled job rejects at once, though a dispatch is under way, and the next one is solved", async () => {
    const { gpu, miner } = await start();
    const controller = new AbortController();
    const job = miner.mine(parts(4, NEVER), { signal: controller.signal });
    controller.abort(new Error("the user went away"));
    let isOver = false;
    job.catch(() => (isOver = true));
    for (let i = 0; i < 5; i++) await Promise.resolve();
    assert.ok(isOver);
    const work = parts(2, 100);
    assertSolved(work, await miner.mine(work));
    const later = gpu.searches.slice(2).flatMap((all) => all.slice(2));
    assert.ok(later.every(({ seed }) => (seed[0] ?? 0) < 2));
    miner.close();
  });

  test("cancelling one job leaves the other alone", async () => {
    const { miner } = await start();
    const controller = new AbortController();
    const cancelled = miner.mine(parts(1, NEVER), { signal: controller.signal });
    const work = parts(3, 2000);
    const job = miner.mine(work, { onTried: () => controller.abort() });
    await assert.rejects(cancelled, { name: "AbortError" });
    assertSolved(work, await job);
    miner.close();
  });

  test("closing rejects what is under way, lets go of the device, and takes no more", async () => {
    const { gpu, miner } = await start();
    const job = miner.mine(parts(1, NEVER));
    miner.close();
    miner.close();
    await assert.rejects(job, /the miner was closed/);
    assert.ok(gpu.devices.every(({ isDestroyed }) => isDestroyed));
    await assert.rejects(miner.mine(parts(1, 1)), /the miner is closed/);
  });

  test("nothing is dispatched while there is no work", async () => {
    const { gpu, miner } = await start();
    await miner.mine(parts(1, 10));
    const dispatched = gpu.searches.length;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(gpu.searches.length, dispatched);
    miner.close();
  });

  test("a callback that throws ends its own job, and no other", async () => {
    const { miner } = await start();
    const failing = miner.mine(parts(1, NEVER), {
      onTried: () => {
        throw new Error("the progress bar broke");
      },
    });
    const work = parts(2, 300);
    const job = miner.mine(work);
    await assert.rejects(failing, /the progress bar broke/);
    assertSolved(work, await job);
    miner.close();
  });
});
