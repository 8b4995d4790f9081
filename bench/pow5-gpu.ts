/**
 * The WGSL kernel against a plain one of the same algorithm (e2e/pow5-gpu-plain.ts: over arrays of bytes, in loops), in Chromium on its software adapter, in turns. How fast either is on
 * a graphics processor it does not say.
 */
import { runInChromium } from "../e2e/browser.ts";
import { describeMachine } from "./load/machine.ts";

interface Report {
  readonly adapter: string;
  readonly rounds: readonly { readonly ours: number; readonly plain: number }[];
  /** Milliseconds until the first dispatch was right. */
  readonly opening: { readonly ours: number; readonly plain: number };
}

function spread(values: readonly number[], digits = 0): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [lowest, middle, highest] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map(
    (index) => sorted[index]?.toFixed(digits) ?? "?",
  );
  return `median ${middle} (${lowest} to ${highest})`;
}

const { result } = await runInChromium("e2e/pow5-gpu-bench.page.ts", {
  softwareGpu: true,
  milliseconds: 240_000,
});
const { adapter, rounds, opening } = result as Report;
console.log(describeMachine({ adapter, rounds: String(rounds.length) }));
console.log("hashes a second:");
console.log(`  kernel  ${spread(rounds.map(({ ours }) => ours))}`);
console.log(`  plain   ${spread(rounds.map(({ plain }) => plain))}`);
const ratios = rounds.map(({ ours, plain }) => ours / plain);
console.log(`  ratio   ${spread(ratios, 1)}`);
// What else the machine does slows a dispatch down and never makes it faster.
const fastest = (of: "ours" | "plain"): number => Math.max(...rounds.map((round) => round[of]));
console.log(`  ratio of the fastest  ${(fastest("ours") / fastest("plain")).toFixed(1)}`);
const [ours, plain] = [opening.ours, opening.plain].map((one) => (one / 1000).toFixed(1));
console.log(`seconds until ready: kernel ${ours}, plain ${plain}`);
