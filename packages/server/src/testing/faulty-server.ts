/**
 * For tests: the real server as a process of its own, which does to itself what it is told: it kills itself with SIGKILL at a
 * point of a delivery, stands still at one, loses, doubles, delays and reorders its calls to other servers, and has a clock
 * of its own. Settings as for `keypears serve`, and like that it says where it is. Nothing that runs in production has such a
 * switch.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { readConfig } from "../config.ts";
import type { Point } from "../delivery/points.ts";
import { createOutbound } from "../net/outbound.ts";
import { serve } from "../serve.ts";
import { Chance } from "./chance.ts";
import { MARK, ORDERS, type Order, type Report, SEED, fateRule, fates } from "./faults.ts";
import { Wire } from "./wire.ts";

/** The longest that something stands still at a point, in milliseconds: now and then longer than a caller waits. */
const SHORT_STOP = 300;
const LONG_STOP = 7_000;

const seed = process.env[SEED];
if (seed === undefined) throw new RangeError(`${SEED} is not set`);
const chance = new Chance(seed);
const rule = fateRule(chance.of("fates"));

let ahead = 0;
let doom: { readonly point: Point; left: number } | null = null;
let parts = { calls: 0, points: 0 };

/** Written at once, whatever happens next: standard output is a pipe. */
function report(what: Report): void {
  process.stdout.write(`${MARK}${JSON.stringify(what)}\n`);
}

function obey(order: Order): void {
  switch (order.kind) {
    case "clock":
      ({ ahead } = order);
      break;
    case "die":
      doom = { point: order.point, left: order.visit };
      break;
    case "live":
      doom = null;
      break;
    case "disturb":
      parts = order;
      if (order.calls === 0) wire.release();
      break;
  }
}

async function reached(point: Point): Promise<void> {
  if (doom?.point === point && --doom.left === 0) {
    report({ kind: "dies", point });
    process.kill(process.pid, "SIGKILL");
    // Until the signal is there, nothing that comes after is done.
    await new Promise<never>(() => {});
  }
  if (chance.happens(parts.points)) {
    report({ kind: "held", point });
    await sleep(chance.between(0, chance.happens(0.05) ? LONG_STOP : SHORT_STOP));
  }
}

const wire = new Wire();
wire.on("any", (call) => {
  if (!chance.happens(parts.calls)) return call.pass();
  const fate = chance.pick(fates);
  report({ kind: "disturbed", fate, call: call.kind });
  return rule(fate)(call);
});

for (const order of JSON.parse(process.env[ORDERS] ?? "[]") as Order[]) obey(order);
createInterface({ input: process.stdin })
  .on("line", (line) => obey(JSON.parse(line) as Order))
  // Nobody is there to give orders any more.
  .once("close", () => process.exit(1));

const config = readConfig(process.env);
const now = (): number => Date.now() + ahead;
const door = createOutbound({ reach: config.reach, limits: config.limits, now });
const running = await serve(config, {
  now,
  reached,
  log: pino({ base: null, level: "error" }),
  ...(door === null ? {} : { outbound: wire.wrap(config.domain, door) }),
});
process.stdout.write(`KeyPears is at ${running.url}\n`);
process.once("SIGTERM", () => void running.close().then(() => process.exit(0)));
