/** What a message costs its sender in work, fixed when the challenge is issued (spec/7.5, spec/7.6). */
import {
  type Address,
  type Challenge,
  type Hash,
  type PublishedKey,
  type Purpose,
  domainOf,
  inConversation,
  pairSubject,
  price,
} from "@keypears/protocol";
import type { Difficulties } from "../config.ts";
import type { Context } from "../context.ts";
import { activeKey } from "../store/accounts.ts";
import { standingOf } from "../store/conversations.ts";
import type { AccountRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";
import { countWaiting } from "../store/waiting.ts";
import { siteOf } from "./site.ts";

/** Who asks for a challenge to write to whom. */
interface Asked {
  readonly sender: Address;
  /** What the sender's domain publishes. */
  readonly senderKeys: readonly PublishedKey[];
  readonly recipient: AccountRow;
}

/**
 * Purpose and difficulty of the next message from `sender`: the recipient's prices or the server's defaults, never below
 * its minimum; for a stranger more, the more requests wait. No block is looked at: a block must not show.
 */
async function priceOf(
  db: Queries,
  difficulties: Difficulties,
  { sender, senderKeys, recipient }: Asked,
): Promise<{ purpose: Purpose; difficulty: number }> {
  const { minimum } = difficulties;
  const standing = await standingOf(db, recipient.id, sender);
  if (inConversation({ ...standing, senderKeys })) {
    const difficulty = Math.max(minimum, recipient.price_message ?? difficulties.message);
    return { purpose: "message", difficulty };
  }
  const base = Math.max(minimum, recipient.price_first_contact ?? difficulties.firstContact);
  const waiting = await countWaiting(db, recipient.id, siteOf(domainOf(sender)));
  const difficulty = price({
    base,
    waitingFromDomain: waiting.fromSite,
    waitingInAll: waiting.inAll,
  });
  return { purpose: "first-contact", difficulty };
}

/** A challenge for the next message from `sender`, and which record of the recipient is newest (spec/7.6). */
export async function issueChallenge(
  { config, proof, store }: Context,
  asked: Asked,
): Promise<{ challenge: Challenge; recipientKey: { number: number; hash: Hash } }> {
  const { sender, recipient } = asked;
  const next = await priceOf(store.db, config.difficulties, asked);
  const domain = domainOf(recipient.address);
  const subject = pairSubject(sender, recipient.address);
  const challenge = await proof.issue({ domain, subject, ...next });
  return { challenge, recipientKey: activeKey(recipient) };
}
