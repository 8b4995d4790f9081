/** For modules that `runInChromium` (browser.ts) runs: tells it what came out, and what the policy refused meanwhile. */

const violations: string[] = [];

document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
  violations.push(`${effectiveDirective}: ${blockedURI}`);
});

export async function report(run: () => Promise<unknown>): Promise<void> {
  let outcome: { result: unknown } | { error: string };
  try {
    outcome = { result: await run() };
  } catch (error) {
    outcome = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  // The event of a violation is a task of its own, after the code that did it.
  await new Promise((resolve) => setTimeout(resolve));
  await fetch("/report", { method: "POST", body: JSON.stringify({ ...outcome, violations }) });
}
