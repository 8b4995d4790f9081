/** What the page's own thread is busy with, as Chromium traces it. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds: on the clock, and of the processor. */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * Runs `work`, and gives the milliseconds that each longer task of the page's own thread took of the processor. A clock would count what the
 * machine's other work takes too.
 */
export async function longTasksOf(page: Page, work: () => Promise<void>): Promise<number[]> {
  const debug = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  debug.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  const complete = new Promise<void>((resolve) => {
    debug.on("Tracing.tracingComplete", () => resolve());
  });
  await debug.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "disabled-by-default-devtools.timeline"] },
  });
  await work();
  await debug.send("Tracing.end");
  await complete;
  await debug.detach();
  const threads = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid }) => name === "RunTask" && threads.has(`${pid} ${tid}`),
  );
  assert.ok(tasks.length > 100, `only ${tasks.length} tasks were traced`);
  return tasks.flatMap(({ tdur = 0 }) => (tdur >= 50_000 ? [Math.round(tdur / 1000)] : []));
}
