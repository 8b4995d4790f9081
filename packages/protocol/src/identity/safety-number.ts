/**
 * Safety numbers: 60 digits that two users compare over another channel.
 * @module spec/4.6
 */
import type { Address } from "../address.ts";
import { concat } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type Hash, sha256 } from "../keys.ts";

const GROUPS = 12;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

/** An address and the hash of its newest key record (spec/4.6). */
export interface SafetyNumberEnd {
  readonly address: Address;
  readonly recordHash: Hash;
}

/** The 60 digits of two ends, the same from both (spec/4.6). `RangeError` for one address twice. */
export async function safetyNumber(a: SafetyNumberEnd, b: SafetyNumberEnd): Promise<string> {
  if (a.address === b.address) throw new RangeError("addresses: two");
  // Canonical addresses are ASCII, so the order of the texts is the order of their bytes.
  const [lower, higher] = a.address < b.address ? [a, b] : [b, a];
  const first = await sha256(
    frame(
      "keypears/v1/safety-number",
      lower.address,
      lower.recordHash,
      higher.address,
      higher.recordHash,
    ),
  );
  const bytes = concat(first, await sha256(first));
  let digits = "";
  for (let group = 0; group < GROUPS; group++) {
    let value = 0;
    // 40 bits: arithmetic, since a shift would keep 32 of them.
    for (let i = 0; i < GROUP_BYTES; i++) {
      value = value * 256 + (bytes[group * GROUP_BYTES + i] as number);
    }
    digits += String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, "0");
  }
  return digits;
}

/** A safety number as it is shown: 12 groups of 5 digits with spaces between (spec/4.6). */
export function formatSafetyNumber(digits: string): string {
  if (!/^[0-9]{60}$/.test(digits)) throw new RangeError("digits: 60");
  return (digits.match(/.{5}/g) as string[]).join(" ");
}
