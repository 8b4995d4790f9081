/**
 * For tests: the real server as a process of its own, which kills itself with SIGKILL at a point of a delivery:
 * `KILL_AT=claimed` when it first comes there, `KILL_AT=claimed:3` at the third time. Settings as for `keypears serve`, and
 * like that it says where it is. Nothing that runs in production has such a switch.
 */
import { readConfig } from "../config.ts";
import { type Point, points } from "../delivery/points.ts";
import { serve } from "../serve.ts";

const [name, visit = "1"] = (process.env["KILL_AT"] ?? "").split(":");
const point = points.find((one): one is Point => one === name);
if (point === undefined) throw new RangeError(`KILL_AT is none of ${points.join(", ")}: ${name}`);

let left = Number(visit);
const running = await serve(readConfig(process.env), {
  reached: (reached) => {
    if (reached !== point || --left > 0) return;
    process.kill(process.pid, "SIGKILL");
    // Until the signal is there, nothing that comes after is done.
    return new Promise<void>(() => {});
  },
});
process.stdout.write(`KeyPears is at ${running.url}\n`);
process.once("SIGTERM", () => void running.close());
