/** What a benchmark ran on, and how its figures are written down. */
import { availableParallelism, cpus, totalmem } from "node:os";

/** One line about the machine; `more` is what else the figures depend on. */
export function describeMachine(more: Readonly<Record<string, string>> = {}): string {
  const facts = {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: String(availableParallelism()),
    memory: `${Math.round(totalmem() / 1e9)} GB`,
    Node: process.version,
    ...more,
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");
}

/** The value below which `share` of the sorted values lie. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** How long things took, as `50 % within … ms, 99 % within … ms`. */
export function spread(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => `${percentile(sorted, share).toFixed(1)} ms`;
  return `50 % within ${at(0.5)}, 99 % within ${at(0.99)}`;
}

/** A table in columns of equal width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}
