import { createNodeMiner } from "@keypears/pow5/node";
import type { Command } from "../command.ts";

/** Threads start and V8 optimises before it counts; then it is measured. In milliseconds. */
const WARM_UP = 1_000;
const MEASURED = 5_000;

/** So high that nothing is found: all hashes are tried. */
const HOPELESS = Number.MAX_SAFE_INTEGER;

/** What costs work, with the prices of a server that sets none (spec/7.5). */
const prices = [
  ["signing up", 70_000_000],
  ["a log-in", 7_000_000],
  ["writing to somebody new", 70_000_000],
  ["a message in a conversation", 7_000_000],
] as const;

export const command: Command = {
  usage: "pow-bench",
  summary: "See how fast this machine works, and how long proofs of work take on it.",
  least: 0,
  most: 0,
  async run({ io, output }) {
    if (io.stderr.isTTY) output.remark(`Measuring for ${(WARM_UP + MEASURED) / 1000} seconds …`);
    const { threads, hashesPerSecond } = await measure(io.signal);
    const each = Math.round(hashesPerSecond / threads);
    output.result(
      { threads, hashesPerSecond, hashesPerSecondPerThread: each },
      `${threads} ${threads === 1 ? "thread" : "threads"}: ${grouped(hashesPerSecond)} hashes a second, ${grouped(each)} each`,
      "",
      "With the usual prices that is",
      ...prices.map(
        ([what, hashes]) => `  ${what.padEnd(28)} ${duration(hashes / hashesPerSecond)}`,
      ),
    );
  },
};

/** Mines at something that has no end, on all cores, as any command does. */
async function measure(
  signal: AbortSignal,
): Promise<{ readonly threads: number; readonly hashesPerSecond: number }> {
  const miner = createNodeMiner();
  const stop = new AbortController();
  const begin = performance.now() + WARM_UP;
  let since: number | null = null;
  let seconds = 0;
  let tried = 0;
  try {
    await miner.mine([{ seed: crypto.getRandomValues(new Uint8Array(32)), difficulty: HOPELESS }], {
      signal: AbortSignal.any([signal, stop.signal]),
      onTried: (count) => {
        const now = performance.now();
        if (since !== null) tried += count;
        else if (now >= begin) since = now;
        seconds = (now - (since ?? now)) / 1000;
        if (seconds * 1000 >= MEASURED) stop.abort();
      },
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    miner.close();
  }
  return { threads: miner.threads, hashesPerSecond: Math.round(tried / seconds) };
}

function grouped(value: number): string {
  return new Intl.NumberFormat("en").format(value);
}

/** A time as a person says it. */
function duration(seconds: number): string {
  return seconds < 90 ? `${rounded(seconds)} s` : `${rounded(seconds / 60)} min`;
}

/** To two digits, since a machine's speed is no steadier. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
