/** Ports in memory: a device that forgets, a miner that finds everything at once, the platform's random bytes. */
import type { Bytes } from "@keypears/protocol";
import type { DeviceStore, Miner, MinerPart } from "../ports.ts";

/** That many random bytes from the platform. */
export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A device in memory. Two engines may share one, as two tabs do. */
export class MemoryStore implements DeviceStore {
  readonly keys: "extractable" | "opaque";
  #values: Map<string, unknown> | null = null;

  constructor(keys: "extractable" | "opaque" = "opaque") {
    this.keys = keys;
  }

  async read(name: string): Promise<unknown> {
    return structuredClone(this.#values?.get(name));
  }

  async begin(
    values: Readonly<Record<string, unknown>>,
    { keep }: { readonly keep: boolean },
  ): Promise<void> {
    const before = keep ? [...(this.#values ?? [])] : [];
    this.#values = new Map([...before, ...Object.entries(structuredClone(values))]);
  }

  async change(name: string, change: (value: unknown) => unknown): Promise<void> {
    if (this.#values === null) return;
    const value = structuredClone(change(structuredClone(this.#values.get(name))));
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
  }

  async clear(): Promise<void> {
    this.#values = null;
  }

  /** Everything that is kept, for a test to look at. */
  dump(): Record<string, unknown> {
    return Object.fromEntries(this.#values ?? []);
  }
}

/** A miner that finds nonces without looking for them: for servers that do not look at them. */
export class QuickMiner implements Miner {
  jobs = 0;
  /** Runs before a job ends. */
  before: () => Promise<void> = async () => {};

  async mine(
    parts: readonly MinerPart[],
    { signal, onPart }: Parameters<Miner["mine"]>[1] = {},
  ): Promise<Bytes[]> {
    this.jobs++;
    await this.before();
    signal?.throwIfAborted();
    return parts.map((_, index) => {
      onPart?.(index);
      return random(32);
    });
  }
}
