/** A program that runs beside a test, and what it says. */
import { type ChildProcess, spawn } from "node:child_process";

export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Set<() => void>();
  #text = "";

  constructor([file = "", ...args]: readonly string[]) {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    const hear = (part: Buffer): void => {
      this.#text += part.toString();
      this.#wake();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.#ended = new Promise((resolve) => child.once("close", resolve));
    void this.#ended.then(() => this.#wake());
  }

  /** The whole lines that it has said so far. */
  get lines(): readonly string[] {
    return this.#text.split("\n").slice(0, -1);
  }

  /** Waits until so many lines hold a text. */
  async says(text: string, times = 1): Promise<void> {
    while (this.#count(text) < times) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) {
        throw new Error(`${this.#child.spawnfile} has ended before "${text}":\n${this.#text}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends it a signal, and waits until one more line holds a text. */
  async answers(signal: NodeJS.Signals, text: string): Promise<void> {
    const before = this.#count(text);
    this.#child.kill(signal);
    await this.says(text, before + 1);
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  #count(text: string): number {
    return this.lines.filter((line) => line.includes(text)).length;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
