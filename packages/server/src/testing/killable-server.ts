/**
 * For tests: the real server as a process of its own, which kills itself with SIGKILL at a point of a delivery:
 * `KILL_AT=claimed` when it first comes there, `KILL_AT=claimed:3` at the third time, `KILL_AT=echo:3` after the third thing
 * that its echo account has done. Settings as for `keypears serve`, and like that it says where it is. Nothing that runs in production has such a switch.
 */
import { readConfig } from "../config.ts";
import { type Point, points } from "../delivery/points.ts";
import { serve } from "../serve.ts";

const [name, visit = "1"] = (process.env["KILL_AT"] ?? "").split(":");
const point = points.find((one): one is Point => one === name) ?? null;
if (point === null && name !== "echo") {
  throw new RangeError(`KILL_AT is none of ${points.join(", ")}, echo: ${name}`);
}

let left = Number(visit);
const visited = (): Promise<void> | undefined => {
  left--;
  if (left > 0) return undefined;
  process.kill(process.pid, "SIGKILL");
  // Until the signal is there, nothing that comes after is done.
  return new Promise<void>(() => {});
};
const running = await serve(readConfig(process.env), {
  reached: (reached) => (reached === point ? visited() : undefined),
  echo: {
    reached: (step) =>
      point === null && (step === "called" || step === "written") ? visited() : undefined,
  },
});
process.stdout.write(`KeyPears is at ${running.url}\n`);
process.once("SIGTERM", () => void running.close());
