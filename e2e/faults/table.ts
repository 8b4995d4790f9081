/** The figures of a run, as one table. */
import { points } from "@keypears/server/testing/network";
import type { Figures } from "./run.ts";

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((all, count) => all + count, 0);

export function tableOf(figures: Figures): string {
  const { kills, reasons, disturbances } = figures;
  const rows: [string, string | number][] = [
    ["messages", figures.messages],
    ["acknowledged", figures.acknowledged],
    ["delivered", figures.delivered],
    ["failed with a reason", figures.failed],
    ...[...reasons].map(([reason, count]): [string, number] => [`  ${reason}`, count]),
    ["told an error, not taken in", figures.refused],
    ["sent again by themselves", figures.mended],
    ["tried again by people", sum(figures.obstacles)],
    ...[...figures.obstacles].map(([name, count]): [string, number] => [`  ${name}`, count]),
    ["kill -9", sum(kills)],
    ...points.map((point): [string, string] => {
      const of = (domain: string): number => kills.get(`${domain} ${point}`) ?? 0;
      return [`  ${point}`, `${of("a.test") + of("b.test")} (${of("a.test")} + ${of("b.test")})`];
    }),
    ...[...disturbances].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ["clock steps", figures.jumps],
    ["long absences", figures.absences],
    ["longest end after a return", `${(figures.longest / 1000).toFixed(1)} s`],
    ["seconds", figures.seconds],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
