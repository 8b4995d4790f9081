/** Server processes that are killed, disturbed and set to another time, and come back on the same data. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  MARK,
  ORDERS,
  type Order,
  type Point,
  type Report,
  SEED,
  type SecuredPlace,
} from "@keypears/server/testing/network";
import { type Lasting, cheap, cleanEnvironment } from "../processes.ts";

const program = fileURLToPath(
  new URL("../../packages/server/src/testing/faulty-server.ts", import.meta.url),
);

/** The server of a domain, from one start to the next. */
export class FaultyServer {
  readonly domain: string;
  readonly file: string;
  readonly #place: SecuredPlace;
  readonly #folder: string;
  readonly #seed: string;
  readonly #note: (report: Report) => void;
  /** What holds at the next start, too. */
  readonly #standing = new Map<"clock" | "disturb", Order>();
  #child: ChildProcess | null = null;
  #starts = 0;
  #ended: Promise<void> = Promise.resolve();
  /** What it logs: faults of its own alone. */
  readonly errors: string[] = [];

  constructor(
    t: Lasting,
    options: {
      readonly domain: string;
      readonly folder: string;
      readonly place: SecuredPlace;
      readonly seed: string;
      /** Told of everything that it does to itself. */
      readonly note: (report: Report) => void;
    },
  ) {
    ({ domain: this.domain } = options);
    this.#folder = join(options.folder, options.domain);
    this.file = join(this.#folder, "keypears.db");
    this.#place = options.place;
    this.#seed = options.seed;
    this.#note = options.note;
    mkdirSync(this.#folder, { recursive: true });
    t.after(() => this.kill());
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** Resolves when this run of it is over. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Starts it, to die at a point where one is given, and resolves once it answers. False where it died before. */
  async start(...orders: readonly Order[]): Promise<boolean> {
    if (this.#child !== null) throw new Error(`the server of ${this.domain} runs already`);
    const child = spawn(process.execPath, [program], {
      env: {
        ...cleanEnvironment(),
        ...cheap,
        // Hundreds of starts from one network: its limits would be what is tested.
        KEYPEARS_LIMITS: "off",
        ...this.#place.env,
        KEYPEARS_DATA: this.#folder,
        KEYPEARS_LISTEN: `127.0.0.1:${this.#place.port}`,
        NODE_COMPILE_CACHE: join(this.#folder, "compiled"),
        [SEED]: `${this.#seed}/${this.domain}/${++this.#starts}`,
        [ORDERS]: JSON.stringify([...this.#standing.values(), ...orders]),
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    // What is written to one that has just died goes nowhere.
    child.stdin.on("error", () => {});
    let rest = "";
    let stderr = "";
    const isThere = Promise.withResolvers<boolean>();
    child.stdout.on("data", (part: Buffer) => {
      const lines = (rest + part.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith(MARK)) this.#note(JSON.parse(line.slice(MARK.length)) as Report);
        else if (line.startsWith("KeyPears is at ")) isThere.resolve(true);
        else this.errors.push(line);
      }
    });
    child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    child.once("close", (code, signal) => {
      this.#child = null;
      ended.resolve();
      if (signal === "SIGKILL" || code === 0) isThere.resolve(false);
      const how = `The server of ${this.domain} ended with ${code ?? signal}: ${stderr}`;
      if (signal !== "SIGKILL" && code !== 0) {
        this.errors.push(how);
        isThere.reject(new Error(how));
      }
    });
    return isThere.promise;
  }

  /** Has it do something; what concerns clock and calls holds from then on. */
  order(order: Order): void {
    if (order.kind === "clock" || order.kind === "disturb") this.#standing.set(order.kind, order);
    this.#child?.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Stops it in good order. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#ended;
  }

  /** Kills it at a point at one of its next visits, and starts it again. `false` where it is not there within `patience`. */
  async dieAt(point: Point, visit: number, patience: number): Promise<boolean> {
    const order = { kind: "die", point, visit } as const;
    const ended = this.#ended;
    this.order(order);
    const timer = Promise.withResolvers<"late">();
    const timeout = setTimeout(() => timer.resolve("late"), patience);
    const how = await Promise.race([ended, timer.promise]);
    clearTimeout(timeout);
    if (how !== "late") return true;
    this.order({ kind: "live" });
    return false;
  }
}
