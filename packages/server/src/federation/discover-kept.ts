/** What was learnt of other domains, for as long as it counts, and never more than so many of it. */

interface Entry<V> {
  readonly value: V;
  /** Since when it is kept, and for how long it counts, in milliseconds. */
  readonly since: number;
  readonly lifetime: number;
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
    const age = this.#now() - entry.since;
    // Under a clock that was set back nobody knows how old it is.
    if (age < 0 || age >= entry.lifetime) return undefined;
    this.#entries.set(name, entry);
    return entry.value;
  }

  /** Keeps a value for so many milliseconds from now. */
  set(name: string, value: V, lifetime: number): void {
    this.#entries.delete(name);
    this.#entries.set(name, { value, since: this.#now(), lifetime });
    if (this.#entries.size <= this.#most) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }
}
