/** Token buckets by class and source: what one network may ask of this server in a while (spec/12.4). */
import { isIPv6 } from "node:net";
import { ApiError } from "@keypears/api";

/** How a class of calls is limited: so many at once, and so many more an hour. */
interface Rate {
  readonly burst: number;
  readonly perHour: number;
}

const rates = {
  /** Whatever it is. */
  call: { burst: 600, perHour: 36_000 },
  /** What a person has looked up. */
  lookup: { burst: 120, perHour: 3_600 },
  /** Published keys, which servers ask for on behalf of all their users. */
  keys: { burst: 600, perHour: 36_000 },
  /** Challenges for people without a session. */
  challenge: { burst: 60, perHour: 1_200 },
  /** New accounts. */
  signup: { burst: 10, perHour: 60 },
  /** Calls of other servers that have not proved anything yet. */
  federation: { burst: 600, perHour: 18_000 },
  /** Calls of other servers that make us ask somebody, and turn out to prove nothing. */
  stranger: { burst: 30, perHour: 1_200 },
  /** What one account has other domains asked: not by source. */
  asking: { burst: 240, perHour: 7_200 },
  /** Messages of one domain that were stored: not by source. */
  delivery: { burst: 5_000, perHour: 100_000 },
  /** Log-ins that failed: from one source, and against one address from one source. */
  failure: { burst: 20, perHour: 60 },
} as const satisfies Record<string, Rate>;

/** The classes of calls that are limited (spec/12.4). */
export type LimitClass = keyof typeof rates;

interface Bucket {
  tokens: number;
  at: number;
}

/** The most buckets that are kept; the longest unused goes first. */
const MOST_BUCKETS = 50_000;
const HOUR = 3_600_000;

export class Limits {
  readonly #on: boolean;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ on, now }: { readonly on: boolean; readonly now: () => number }) {
    this.#on = on;
    this.#now = now;
  }

  /** Takes one call of a class from a source's allowance; throws `rate_limited` when that is used up. */
  take(kind: LimitClass, source: string, about = ""): void {
    if (!this.#on) return;
    const bucket = this.#bucket(kind, source, about);
    if (bucket.tokens < 1) throw this.#refusal(kind, bucket);
    bucket.tokens -= 1;
  }

  /** Throws `rate_limited` when the allowance is used up, and takes nothing: for what counts only if it fails. */
  check(kind: LimitClass, source: string, about = ""): void {
    if (!this.#on) return;
    const bucket = this.#bucket(kind, source, about);
    if (bucket.tokens < 1) throw this.#refusal(kind, bucket);
  }

  /** Whether anything is left of the allowance. */
  has(kind: LimitClass, source: string, about = ""): boolean {
    return !this.#on || this.#bucket(kind, source, about).tokens >= 1;
  }

  /** Takes one from the allowance, even where nothing is left: for what has happened already. */
  count(kind: LimitClass, source: string, about = ""): void {
    if (this.#on) this.#bucket(kind, source, about).tokens -= 1;
  }

  /** Gives back what was taken for something that did not fail after all. */
  giveBack(kind: LimitClass, source: string, about = ""): void {
    if (this.#on) this.#bucket(kind, source, about).tokens += 1;
  }

  #refusal(kind: LimitClass, bucket: Bucket): ApiError {
    const wait = ((1 - bucket.tokens) * HOUR) / rates[kind].perHour;
    return new ApiError("rate_limited", { retryAfter: Math.ceil(wait / 1000) });
  }

  #bucket(kind: LimitClass, source: string, about: string): Bucket {
    const { burst, perHour } = rates[kind];
    const key = `${kind} ${networkOf(source)} ${about}`;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(
      burst,
      bucket.tokens + (Math.max(0, now - bucket.at) * perHour) / HOUR,
    );
    bucket.at = now;
    // The order of the map is the order of use.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MOST_BUCKETS) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
    return bucket;
  }
}

/** What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which one customer has whole (spec/12.4). */
export function networkOf(source: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(source)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(source)) return source;
  const [head = "", tail] = (source.split("%")[0] ?? "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
