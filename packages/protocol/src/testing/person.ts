/**
 * People for tests: an address with key sets and a chain that was verified, and messages between them.
 * @module
 */
import type { Address } from "../address.ts";
import { makeId } from "../bytes/id.ts";
import { verifyChain } from "../identity/chain.ts";
import {
  type CheckedRecord,
  type NewKeySet,
  type PublishedRecord,
  generateKeySet,
  hashRecord,
  signRecord,
} from "../identity/record.ts";
import { type PublishedKey, publishedKeys } from "../message/accept.ts";
import type { Content } from "../message/content.ts";
import type { Envelope } from "../message/header.ts";
import { type Recipient, type Sender, seal } from "../message/seal.ts";
import { address } from "./cases.ts";
import { random } from "./random.ts";

/** When the people of a test begin, in milliseconds. */
export const START = 1_763_942_400_000;

/** Somebody whose chain was verified. */
export interface Person {
  readonly address: Address;
  readonly sets: readonly NewKeySet[];
  readonly records: readonly CheckedRecord[];
  readonly keys: readonly PublishedKey[];
}

/** Somebody with one key set made at `START`, and one more for each rotation or reset, at these times after `START`. */
export async function person(
  text: string,
  ...later: readonly (readonly ["rotation" | "reset", number])[]
): Promise<Person> {
  const own = address(text);
  const sets: NewKeySet[] = [];
  const published: PublishedRecord[] = [];
  for (const [index, [reason, after]] of ([["initial", 0], ...later] as const).entries()) {
    const keySet = await generateKeySet(random);
    const before = published.at(-1);
    const signedBefore = sets.at(-1)?.signing.privateKey;
    sets.push(keySet);
    published.push(
      await signRecord({
        keySet,
        address: own,
        number: index + 1,
        reason,
        createdAt: START + after,
        previous: before === undefined ? null : await hashRecord(before.record),
        ...(signedBefore === undefined ? {} : { previousSigningKey: signedBefore }),
      }),
    );
  }
  const chain = await verifyChain(own, published);
  if (!chain.ok) throw new Error(`chain of ${text}: ${chain.reason}`);
  return { address: own, sets, records: chain.records, keys: publishedKeys(chain.records) };
}

function setOf(of: Person, number: number): NewKeySet {
  const set = of.sets[number - 1];
  if (set === undefined) throw new RangeError(`${of.address} has no set ${number}`);
  return set;
}

/** A person as the sender of `seal`, with the set of that number. */
export function senderOf(of: Person, number = 1): Sender {
  const { agreement, signing, publicKeys } = setOf(of, number);
  return {
    address: of.address,
    keyNumber: number,
    agreementKey: agreement.privateKey,
    signingKey: signing.privateKey,
    publicKeys,
  };
}

/** A person as the recipient of `seal`, with the set of that number. */
export function recipientOf(of: Person, number = 1): Recipient {
  const agreementPublicKey = setOf(of, number).publicKeys.agreement;
  return { address: of.address, keyNumber: number, agreementPublicKey };
}

/** A message from one person's first set to another's, sent a minute after `START`. */
export function message(
  from: Person,
  to: Person,
  content: Content = { type: "text", text: "Hello", after: [] },
): Promise<Envelope> {
  const sentAt = START + 60_000;
  return seal({
    content,
    sender: senderOf(from),
    recipient: recipientOf(to),
    id: makeId(sentAt, random(10)),
    sentAt,
    deleteAfter: null,
    random,
  });
}
