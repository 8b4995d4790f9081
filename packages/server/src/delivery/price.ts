/** What a message costs its sender in work, fixed when the challenge is issued (spec/7.5, spec/7.6). */
import {
  type Address,
  type Challenge,
  type Hash,
  type Purpose,
  domainOf,
  pairSubject,
  price,
} from "@keypears/protocol";
import type { Difficulties } from "../config.ts";
import type { Context } from "../context.ts";
import { activeKey } from "../store/accounts.ts";
import { isAccepted } from "../store/conversations.ts";
import type { AccountRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";
import { countWaiting } from "../store/waiting.ts";
import { siteOf } from "./site.ts";

/**
 * Purpose and difficulty of the next message from `sender`: the recipient's prices or the server's defaults, never below
 * its minimum; for a stranger more, the more requests wait. No block is looked at: a block must not show.
 */
export async function priceOf(
  db: Queries,
  difficulties: Difficulties,
  { sender, recipient }: { readonly sender: Address; readonly recipient: AccountRow },
): Promise<{ purpose: Purpose; difficulty: number }> {
  const { minimum } = difficulties;
  if (await isAccepted(db, recipient.id, sender)) {
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
  sender: Address,
  recipient: AccountRow,
): Promise<{ challenge: Challenge; recipientKey: { number: number; hash: Hash } }> {
  const next = await priceOf(store.db, config.difficulties, { sender, recipient });
  const domain = domainOf(recipient.address);
  const subject = pairSubject(sender, recipient.address);
  const challenge = await proof.issue({ domain, subject, ...next });
  return { challenge, recipientKey: activeKey(recipient) };
}
