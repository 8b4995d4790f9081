import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { targetOf } from "../kernel.ts";
import { FakeGpu } from "../testing/fake-gpu.ts";
import type { FakeDevice, FakeGpuOptions } from "../testing/fake-gpu.ts";
import { GpuFailure, MAX_SEARCHES, openProcessor } from "./processor.ts";
import type { GpuFault, Processor } from "./processor.ts";

const SEARCH = {
  nonce: new Uint8Array(32),
  seed: new Uint8Array(32).fill(1),
  target: targetOf(2 ** 53 - 1),
  count: 64,
};

async function open(gpu: FakeGpu): Promise<Processor> {
  const processor = await openProcessor({ gpu: gpu.asGpu });
  assert.ok("run" in processor, JSON.stringify(processor));
  return processor;
}

async function refusalOf(options: FakeGpuOptions): Promise<string> {
  const gpu = new FakeGpu(options);
  const processor = await openProcessor({ gpu: gpu.asGpu });
  assert.ok("refused" in processor, "it was taken");
  assert.ok(gpu.devices.every(({ isDestroyed }) => isDestroyed));
  return processor.refused;
}

const isFailure = (fault: GpuFault) => (error: unknown) => {
  assert.ok(error instanceof GpuFailure, String(error));
  assert.equal(error.fault, fault);
  return true;
};

suite("opening a graphics processor", () => {
  test("one that computes a known hash rightly is taken", async () => {
    const gpu = new FakeGpu();
    const processor = await open(gpu);
    assert.equal(gpu.searches.length, 1, "it has proved itself once");
    processor.close();
    assert.ok(gpu.devices.every(({ isDestroyed }) => isDestroyed));
  });

  test("where there is no WebGPU or no adapter, the answer says so", async () => {
    assert.partialDeepStrictEqual(await openProcessor({ gpu: undefined }), {
      refused: "unsupported",
    });
    assert.equal(await refusalOf({ adapter: "none" }), "no-adapter");
  });

  test("an adapter that does not answer within a second is not waited for", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const refused = refusalOf({ adapter: "never" });
    t.mock.timers.tick(1000);
    assert.equal(await refused, "no-adapter");
  });

  test("one that is software is left, unless that is wanted", async () => {
    assert.equal(await refusalOf({ isSoftware: true }), "software");
    const gpu = new FakeGpu({ isSoftware: true });
    const processor = await openProcessor({ gpu: gpu.asGpu, allowSoftware: true });
    assert.ok("run" in processor);
    processor.close();
  });

  test("one whose compiler refuses the kernel is left", async () => {
    assert.equal(await refusalOf({ compiles: false }), "failed");
  });

  test("one that does not find the known hash is left, and so is one that finds everything", async () => {
    assert.equal(await refusalOf({ onFound: (found) => found.fill(0) }), "wrong");
    assert.equal(await refusalOf({ onFound: (found) => found.fill(1) }), "wrong");
  });

  test("one that is lost or refuses work while it proves itself is left", async () => {
    const lost = (_: number, device: FakeDevice): "right" => {
      device.lose();
      return "right";
    };
    assert.equal(await refusalOf({ onDispatch: lost }), "failed");
    assert.equal(await refusalOf({ onDispatch: () => "refused" }), "failed");
  });
});

suite("a graphics processor at work", () => {
  test("every dispatch proves itself: an answer that is not computed is noticed", async () => {
    for (const lie of [0, 1]) {
      const gpu = new FakeGpu({ onFound: (found, index) => index > 3 && found.fill(lie) });
      const processor = await open(gpu);
      for (let i = 0; i < 3; i++) await processor.run([SEARCH]);
      await assert.rejects(processor.run([SEARCH]), isFailure("wrong"));
      assert.ok(gpu.devices[0]?.isDestroyed);
      await assert.rejects(processor.run([SEARCH]), isFailure("wrong"), "it is not asked again");
    }
  });

  test("a nonce that it was not asked about is noticed", async () => {
    const gpu = new FakeGpu({ onFound: (found, index) => index > 0 && found.set([65], 2) });
    await assert.rejects((await open(gpu)).run([SEARCH]), isFailure("wrong"));
  });

  test("one that is lost is a failure at once, and lets go of its memory", async () => {
    const gpu = new FakeGpu({ onDispatch: (index) => (index === 1 ? "unanswered" : "right") });
    const processor = await open(gpu);
    const run = processor.run([SEARCH]);
    gpu.devices[0]?.lose();
    await assert.rejects(run, isFailure("lost"));
    await assert.rejects(processor.run([SEARCH]), isFailure("lost"));
  });

  test("one that is lost while idle is a failure of the next dispatch", async () => {
    const gpu = new FakeGpu();
    const processor = await open(gpu);
    gpu.devices[0]?.lose();
    await assert.rejects(processor.run([SEARCH]), isFailure("lost"));
  });

  test("one that refuses a dispatch is a failure", async () => {
    const gpu = new FakeGpu({ onDispatch: (index) => (index === 1 ? "refused" : "right") });
    await assert.rejects((await open(gpu)).run([SEARCH]), isFailure("lost"));
    assert.ok(gpu.devices[0]?.isDestroyed);
  });

  test("one that falls silent is given up after ten seconds", async (t) => {
    const gpu = new FakeGpu({ onDispatch: (index) => (index === 1 ? "unanswered" : "right") });
    const processor = await open(gpu);
    t.mock.timers.enable({ apis: ["setInterval"] });
    let isOver = false;
    const run = processor.run([SEARCH]).finally(() => (isOver = true));
    run.catch(() => undefined);
    for (let second = 1; second < 10; second++) t.mock.timers.tick(1000);
    await Promise.resolve();
    assert.equal(isOver, false);
    t.mock.timers.tick(1000);
    await assert.rejects(run, isFailure("silent"));
  });

  test("closing it ends a dispatch that is under way", async () => {
    const gpu = new FakeGpu({ onDispatch: (index) => (index === 1 ? "unanswered" : "right") });
    const processor = await open(gpu);
    const run = processor.run([SEARCH]);
    processor.close();
    await assert.rejects(run, isFailure("closed"));
  });

  test("however many dispatches there are, it makes no more buffers", async () => {
    const gpu = new FakeGpu();
    const processor = await open(gpu);
    const before = gpu.devices[0]?.buffers.length;
    for (let i = 0; i < 20; i++) await processor.run([SEARCH]);
    assert.equal(gpu.devices[0]?.buffers.length, before);
    processor.close();
  });

  test("more searches than it has room for are refused", async () => {
    const processor = await open(new FakeGpu());
    const many = Array.from({ length: MAX_SEARCHES + 1 }, () => SEARCH);
    await assert.rejects(processor.run(many), RangeError);
    processor.close();
  });
});
