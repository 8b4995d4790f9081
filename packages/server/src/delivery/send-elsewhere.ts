/**
 * A message from a user of this server to somebody of another domain (spec/9.2, step 4): her copy and the delivery in one
 * transaction, and an answer at once. What comes after is the outbox's.
 *
 * Queries: 1 before the transaction; in it 8 for a message in a conversation, 1 or 2 for a repeat.
 */
import { ApiError } from "@keypears/api";
import {
  type Bytes,
  type Envelope,
  type Hash,
  type Header,
  type Solution,
  acceptMessage,
  domainOf,
  encodeSolution,
  envelopeHash,
  equalBytes,
  idBytes,
  pairSubject,
} from "@keypears/protocol";
import type { Context } from "../context.ts";
import { digest } from "../digest.ts";
import type { Session } from "../session.ts";
import { getAccount } from "../store/accounts.ts";
import { findConversations } from "../store/conversations.ts";
import { DELIVERY_LIFETIME, findSent, insertDelivery, insertSent } from "../store/deliveries.ts";
import { advanceOwn, insertMessages, messagesAt, replaceMessage } from "../store/mailbox.ts";
import type { AccountRow, MessageRow } from "../store/schema.ts";
import type { Queries } from "../store/store.ts";
import { refusalFor } from "./accept.ts";
import { KeysChanged, copyOf, noteSent } from "./deposit.ts";

/** How long one attempt holds a delivery before another may take it up, in milliseconds. */
export const DELIVERY_LEASE = 30_000;
const PULL_TOKEN_BYTES = 32;
/** How often a message is judged again because the sender's keys changed meanwhile. */
const MOST_ATTEMPTS = 5;

/** A message for somebody elsewhere, judged by all that this server knows. */
interface Outgoing {
  readonly envelope: Envelope;
  readonly header: Header;
  readonly hash: Hash;
  readonly solution: Solution;
  readonly sender: AccountRow;
  readonly now: number;
  readonly pullToken: Bytes;
}

/** What storing it came to: the copy, and what there is to deliver that was not there before. */
interface Queued {
  readonly row: MessageRow;
  /** The number of the delivery; null where there was one before. */
  readonly delivery: number | null;
}

/**
 * Judges and queues a message (spec/6.5, spec/9.2). A repeat of what is under way or delivered changes nothing. What has
 * failed is sent again in its place, with new work or sealed anew. Throws ApiError for what is refused.
 */
export async function sendElsewhere(
  context: Context,
  session: Session,
  parcel: { readonly envelope: Envelope; readonly header: Header; readonly solution: Solution },
): Promise<MessageRow> {
  const { store } = context;
  const { envelope, header, solution } = parcel;
  if (context.federation === null) throw new ApiError("federation_unavailable");
  checkSolution(header, solution);
  const hash = await envelopeHash(envelope, digest);
  for (let attempt = 1; ; attempt++) {
    const sender = await getAccount(store.db, session.accountId);
    const now = await store.now();
    const judged = await acceptMessage({
      envelope,
      senderRecords: await context.ownKeys.of(store.db, sender),
      // Those that are known here may be of an hour ago: the recipient's server judges by its own.
      recipientRecords: null,
      claimedAt: now,
      expected: { sender: session.address },
      verify: context.signingKeys.verify,
      digest,
    });
    if (!judged.ok) throw refusalFor(judged.reason);
    const pullToken = context.random(PULL_TOKEN_BYTES);
    const message = { envelope, header, hash, solution, sender, now, pullToken };
    try {
      const { row, delivery } = await store.transaction((tx) => queue(tx, message));
      const { account_id, changed, state } = row;
      if (delivery !== null) {
        await context.reached("queued");
        context.events.publish(account_id, changed);
      }
      // A repeat of what is pending gives it a turn, too.
      const { recipient: peer } = header;
      const pair = { account_id, peer, domain: domainOf(peer) };
      if (state === "pending") context.outbox.add(pair, delivery);
      return row;
    } catch (error) {
      if (!(error instanceof KeysChanged)) throw error;
      if (attempt === MOST_ATTEMPTS) throw new ApiError("busy", { retryAfter: 1 });
    }
  }
}

/** Whether the work is for this pair at all. Whether it holds is for the server that asked for it (spec/7.2). */
function checkSolution({ sender, recipient }: Header, { challenge }: Solution): void {
  const refuse = (reason: string): never => {
    throw new ApiError("work_refused", { reason });
  };
  if (challenge.domain !== domainOf(recipient)) refuse("domain");
  if (challenge.purpose !== "message" && challenge.purpose !== "first-contact") refuse("purpose");
  if (!equalBytes(challenge.subject, pairSubject(sender, recipient))) refuse("subject");
}

async function queue(tx: Queries, message: Outgoing): Promise<Queued> {
  const { header, hash, sender, now, pullToken, solution } = message;
  const { recipient: peer } = header;
  const key = { account_id: sender.id, peer, id: idBytes(header.id) };
  const before = await findSent(tx, key);
  const [copy] = before === undefined ? [] : await messagesAt(tx, sender.id, [before.revision]);
  if (copy !== undefined && copy.state !== "failed") {
    if (equalBytes(copy.hash, hash)) return { row: copy, delivery: null };
    throw new ApiError("id_conflict");
  }
  const { active_hash, revision: changed } = await advanceOwn(tx, sender.id);
  if (!equalBytes(active_hash, sender.active_hash)) throw new KeysChanged();

  const pending = { state: "pending", step: "queued", reason: null } as const;
  let row: MessageRow;
  if (copy === undefined) {
    const advanced = { accountId: sender.id, revision: changed };
    row = { ...copyOf({ ...message, claimedAt: now }, advanced, "sent"), ...pending };
    await insertMessages(tx, [row]);
    await insertSent(tx, { ...key, revision: row.revision });
    const [conversation] = await findConversations(tx, [key]);
    await noteSent(tx, advanced, header, conversation);
  } else {
    const { header: bytes, box, signature } = message.envelope;
    const again = { hash, header: bytes, box, signature, received_at: now, changed };
    row = { ...copy, ...again, ...pending, delete_after: header.deleteAfter };
    await replaceMessage(tx, row);
  }
  const delivery = await insertDelivery(tx, {
    account_id: sender.id,
    revision: row.revision,
    peer,
    domain: domainOf(peer),
    pull_token: pullToken,
    solution: JSON.stringify(encodeSolution(solution)),
    expires_at: now + DELIVERY_LIFETIME,
    // Held from the beginning: the first attempt need not write that down.
    lease_until: now + DELIVERY_LEASE,
  });
  return { row, delivery };
}
