/** A message from a user of this server: to another user of it, or to somebody elsewhere. */
import { ApiError } from "@keypears/api";
import {
  type Envelope,
  type Header,
  type Solution,
  acceptMessage,
  domainOf,
  parseHeader,
} from "@keypears/protocol";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";
import { getAccount } from "../store/accounts.ts";
import { messagesAt } from "../store/mailbox.ts";
import type { MessageRow } from "../store/schema.ts";
import { accept, refusalFor } from "./accept.ts";
import { sendElsewhere } from "./send-elsewhere.ts";

/** What a client hands over. */
export interface Parcel {
  readonly envelope: Envelope;
  readonly solution: Solution;
}

/**
 * Sends what the session's user has sealed (spec/6.5) and gives her copy, the same for every repeat (spec/6.6). The header's
 * sender has to be the address of the session: what the envelope proves is only that somebody once wrote it.
 */
export async function send(
  context: Context,
  session: Session,
  { envelope, solution }: Parcel,
): Promise<MessageRow> {
  const header = parseHeader(envelope.header);
  if (header === null) throw await refusalOf(context, envelope);
  if (header.sender !== session.address) throw new ApiError("wrong_sender");
  if (header.recipient === header.sender) throw new ApiError("same_address");
  const parcel = { envelope, header, solution };
  return context.actsFor(domainOf(header.recipient))
    ? sendHere(context, session, parcel)
    : sendElsewhere(context, session, parcel);
}

async function sendHere(
  context: Context,
  session: Session,
  parcel: Parcel & { readonly header: Header },
): Promise<MessageRow> {
  const { store } = context;
  const author = async () => {
    const mailbox = await getAccount(store.db, session.accountId);
    const keys = await context.ownKeys.of(store.db, mailbox);
    return { address: session.address, keys, mailbox };
  };
  const { copy, sentRevision } = await accept(context, { ...parcel, author });
  if (copy !== null) return copy;
  const [stored] =
    sentRevision === null ? [] : await messagesAt(store.db, session.accountId, [sentRevision]);
  if (stored === undefined) throw new Error("A message was accepted and its sender has no copy.");
  return stored;
}

/** The one rule's name for what is wrong with an envelope whose header is none. */
async function refusalOf(context: Context, envelope: Envelope): Promise<ApiError> {
  const claimedAt = await context.store.now();
  const judged = await acceptMessage({
    envelope,
    senderRecords: [],
    recipientRecords: [],
    claimedAt,
  });
  if (judged.ok) throw new Error("A header that does not parse was accepted.");
  return refusalFor(judged.reason);
}
