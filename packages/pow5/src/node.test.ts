import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { suite, test } from "node:test";
import type { Part } from "./kernel.ts";
import { createNodeMiner, loadKernel, startThreads } from "./node.ts";
import { builtModule } from "./testing/kernels.ts";
import { meets, pow5 } from "./testing/reference.ts";
import { createThreadedMiner } from "./threads.ts";

const NEVER = { seed: new Uint8Array(32), difficulty: 2 ** 53 - 1 };

function parts(count: number, difficulty: number): Part[] {
  return Array.from({ length: count }, (_, index) => {
    return { seed: new Uint8Array(32).fill(index), difficulty };
  });
}

function assertSolved(work: Part[], nonces: Uint8Array[]): void {
  assert.equal(nonces.length, work.length);
  for (const [index, { seed, difficulty }] of work.entries()) {
    const nonce = nonces[index];
    assert.ok(nonce);
    assert.ok(meets(pow5(new Uint8Array([...nonce, ...seed])).hash, difficulty), `part ${index}`);
  }
}

suite("the miner over worker threads", () => {
  test("uses all cores unless told otherwise", () => {
    assert.equal(createNodeMiner().threads, availableParallelism());
    assert.equal(createNodeMiner({ threads: 3 }).threads, 3);
    assert.throws(() => createNodeMiner({ threads: 0 }), RangeError);
  });

  test("solves sixteen parts, and the server's kernel and the oracle accept them", async () => {
    const miner = createNodeMiner();
    const work = parts(16, 4000);
    const order: number[] = [];
    const nonces = await miner.mine(work, { onPart: (index) => order.push(index) });
    miner.close();
    assertSolved(work, nonces);
    const kernel = loadKernel();
    for (const [index, nonce] of nonces.entries()) {
      assert.ok(kernel.verify({ seed: new Uint8Array(32).fill(index), difficulty: 4000, nonce }));
      assert.ok(!kernel.verify({ seed: new Uint8Array(32).fill(99), difficulty: 4000, nonce }));
    }
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      work.map((_, index) => index),
    );
  });

  test("solves two jobs at once, each with its own", async () => {
    const miner = createNodeMiner({ threads: 2 });
    const [first, second] = [parts(4, 3000), parts(7, 50)];
    const [nonces, others] = await Promise.all([miner.mine(first), miner.mine(second)]);
    miner.close();
    assertSolved(first, nonces);
    assertSolved(second, others);
  });

  test("stops when cancelled, and mines the next job", async () => {
    const miner = createNodeMiner({ threads: 2 });
    const controller = new AbortController();
    // Aborted from the first answer on, so that the threads are at work for certain.
    const cancelled = miner.mine([NEVER], {
      signal: controller.signal,
      onTried: () => controller.abort(),
    });
    await assert.rejects(cancelled, { name: "AbortError" });
    const work = parts(2, 100);
    assertSolved(work, await miner.mine(work));
    miner.close();
  });

  test("rejects when a worker ends, throws or cannot be read", async () => {
    const scripts = {
      "process.exit(3)": /a mining thread stopped: it ended with code 3/,
      "throw new Error('it broke')": /a mining thread stopped: it broke/,
    };
    for (const [script, message] of Object.entries(scripts)) {
      const worker = new URL(
        `data:text/javascript,import { parentPort } from "node:worker_threads";parentPort.on("message", () => { ${script} })`,
      );
      const miner = createThreadedMiner(2, startThreads(builtModule("kernel"), worker));
      await assert.rejects(miner.mine([NEVER]), message);
    }
    const nowhere = new URL("./nothing-here.ts", import.meta.url);
    const lost = createThreadedMiner(1, startThreads(builtModule("kernel"), nowhere));
    await assert.rejects(lost.mine([NEVER]), /a mining thread stopped: Cannot find module/);
  });
});

suite("a process with a miner", () => {
  /** Runs a script that has a miner; answers with its output and exit code. */
  async function run(script: string): Promise<{ output: string; code: unknown }> {
    const door = JSON.stringify(new URL("./node.ts", import.meta.url));
    const source = `import { createNodeMiner } from ${door}; const miner = createNodeMiner({ threads: 2 });`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", source + script], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 30_000,
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    const [code] = await once(child, "close");
    return { output, code };
  }

  const SEED = "new Uint8Array(32)";

  test("stays while there is work, and ends by itself when there is none", async () => {
    const script = `
      const [nonce] = await miner.mine([{ seed: ${SEED}, difficulty: 50_000 }]);
      console.log(nonce.length);`;
    assert.deepEqual(await run(script), { output: "32\n", code: 0 });
  });

  test("ends by itself when it never mined, and after a job was cancelled", async () => {
    assert.deepEqual(await run("console.log('idle')"), { output: "idle\n", code: 0 });
    const script = `
      const controller = new AbortController();
      const onTried = () => controller.abort();
      await miner
        .mine([{ seed: ${SEED}, difficulty: 2 ** 53 - 1 }], { signal: controller.signal, onTried })
        .catch((error) => console.log(error.name));`;
    assert.deepEqual(await run(script), { output: "AbortError\n", code: 0 });
  });
});
