/** For tests: what is done to a server that runs as a process of its own, and what it says of that (faulty-server.ts). */
import { setTimeout as sleep } from "node:timers/promises";
import type { Point } from "../delivery/points.ts";
import type { Chance } from "./chance.ts";
import type { CallKind, Rule, WireCall } from "./wire.ts";

/** A line of JSON on the server's standard input. */
export type Order =
  /** Its clock is so many milliseconds ahead of the machine's. */
  | { readonly kind: "clock"; readonly ahead: number }
  /** It kills itself with SIGKILL when it comes to the point, the `visit`-th time from now. */
  | { readonly kind: "die"; readonly point: Point; readonly visit: number }
  /** It does not, after all. */
  | { readonly kind: "live" }
  /** Of its calls to other servers this part is disturbed, and this part of what comes to a point stands still for a while. */
  | { readonly kind: "disturb"; readonly calls: number; readonly points: number };

/** A line on its standard output: `MARK` and JSON. */
export type Report =
  | { readonly kind: "dies"; readonly point: Point }
  | { readonly kind: "disturbed"; readonly fate: Fate; readonly call: CallKind }
  | { readonly kind: "held"; readonly point: Point };

export const MARK = "fault ";

/** The variable with the seed of its decisions; its settings at the start are orders, too. */
export const SEED = "FAULTS_SEED";
export const ORDERS = "FAULTS_ORDERS";

/** What becomes of a call that is disturbed. The calls themselves are real ones, by the real door. */
export const fates = [
  "never arrives",
  "its answer is lost",
  "arrives twice",
  "arrives twice at once",
  "arrives after its caller has given up",
  "arrives late",
  "arrives after the next one",
  "is answered by a proxy",
] as const;

export type Fate = (typeof fates)[number];

/** The longest that a call is late, and that it waits for a next one, in milliseconds. */
const LATE = 1_500;

/** Makes a rule that carries out what fate says. */
export function fateRule(chance: Chance): (fate: Fate) => Rule {
  let waiting: WireCall | null = null;
  const release = (call: WireCall): void => {
    if (waiting === call) waiting = null;
    call.release();
  };
  const rules: Readonly<Record<Fate, Rule>> = {
    "never arrives": (call) => call.drop(),
    "its answer is lost": (call) => call.lose(),
    "arrives twice": (call) => call.repeat(),
    "arrives twice at once": async (call) => {
      const answers = await Promise.all([call.pass(), call.pass()]);
      return chance.pick(answers);
    },
    "arrives after its caller has given up": (call) => {
      const late = chance.between(0, LATE);
      void sleep(late).then(() => call.pass());
      return call.fail("timeout");
    },
    "arrives late": (call) => call.delay(chance.between(10, LATE)),
    "arrives after the next one": async (call) => {
      if (waiting === null) {
        waiting = call;
        void sleep(LATE).then(() => release(call));
        return call.hold();
      }
      const before = waiting;
      const answer = await call.pass();
      release(before);
      return answer;
    },
    "is answered by a proxy": (call) =>
      call.reply(chance.pick([500, 502, 503]), "<h1>Bad gateway</h1>"),
  };
  return (fate) => rules[fate];
}
