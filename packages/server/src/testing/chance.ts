/** For tests: chance that comes out the same again from the same seed. */
import { createHash } from "node:crypto";

/** A stream of decisions. What is drawn from one stream changes nothing about another one. */
export class Chance {
  readonly #seed: string;
  #state: [number, number, number, number];

  constructor(seed: string) {
    this.#seed = seed;
    const digest = createHash("sha256").update(seed).digest();
    const word = (index: number): number => digest.readUInt32LE(4 * index);
    this.#state = [word(0), word(1), word(2), word(3) | 1];
  }

  /** Another stream of the same seed, by a name. */
  of(name: string): Chance {
    return new Chance(`${this.#seed}/${name}`);
  }

  /** At least 0, below 1: xorshift128. */
  next(): number {
    const [a, b, c, d] = this.#state;
    const mixed = a ^ (a << 11);
    const word = (d ^ (d >>> 19) ^ mixed ^ (mixed >>> 8)) >>> 0;
    this.#state = [b, c, d, word];
    return word / 2 ** 32;
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** At least `low`, below `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError("there is nothing to pick from");
    return from[Math.floor(this.next() * from.length)] as T;
  }

  shuffle<T>(from: readonly T[]): T[] {
    const left = [...from];
    const shuffled: T[] = [];
    while (left.length > 0) shuffled.push(...left.splice(Math.floor(this.next() * left.length), 1));
    return shuffled;
  }
}
