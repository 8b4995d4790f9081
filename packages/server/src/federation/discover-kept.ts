/** What was learnt of other domains, for as long as it counts, and never more than so many of it. */

interface Entry<V> {
  readonly value: V;
  /** When it no longer counts, in milliseconds. */
  readonly until: number;
}

/** Values by names, each until its time is over; of too many, the longest unused goes. */
export class Kept<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #most: number;
  readonly #now: () => number;

  constructor({ most, now }: { readonly most: number; readonly now: () => number }) {
    this.#most = most;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(name: string): V | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    // The order of the map is the order of use.
    this.#entries.delete(name);
    if (entry.until <= this.#now()) return undefined;
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Keeps a value for so many milliseconds from now. */
  set(name: string, value: V, lifetime: number): void {
    this.#entries.delete(name);
    this.#entries.set(name, { value, until: this.#now() + lifetime });
    if (this.#entries.size <= this.#most) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}
