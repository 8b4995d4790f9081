/** Nothing lost and nothing doubled, whatever happens to two servers and between them. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { points } from "@keypears/server/testing/network";
import { runFaults } from "./faults/run.ts";
import { tableOf } from "./faults/table.ts";

/** Kills at each point; the servers take turns. */
const KILLS = 20;

test("of many messages between two servers that die, lose calls and leave, none is lost and none doubled", async (t) => {
  const seed = process.env["KEYPEARS_FAULTS_SEED"] ?? randomBytes(4).toString("hex");
  t.diagnostic(`KEYPEARS_FAULTS_SEED=${seed}`);
  const say = (line: string): void => void process.stdout.write(`# ${line}\n`);
  say(`seed ${seed}`);
  const { figures, findings } = await runFaults(t, {
    ...{ seed, people: 3, kills: KILLS, jumps: 6, absences: 6, messages: 500 },
    ...{ pause: [500, 3_000], say },
  });
  process.stdout.write(`${tableOf(figures)}\n`);
  assert.deepEqual(findings, []);
  assert(figures.acknowledged >= 500);
  for (const point of points) {
    const times = ["a.test", "b.test"].map(
      (domain) => figures.kills.get(`${domain} ${point}`) ?? 0,
    );
    assert(
      times.every((count) => count >= KILLS / 2),
      `${point}: ${times.join(" + ")}`,
    );
  }
  assert.equal(figures.delivered + figures.failed + figures.refused, figures.messages);
  assert(figures.longest <= 60_000);
  assert(figures.mended > 0, "what failed for want of new work was sent again");
});
