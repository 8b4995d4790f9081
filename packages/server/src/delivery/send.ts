/** A message from a user of this server: to another user of this server, for now. */
import { ApiError } from "@keypears/api";
import {
  type Envelope,
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
import { accept } from "./accept.ts";

/**
 * Sends what the session's user has sealed (spec/6.5) and gives her copy, the same for every repeat (spec/6.6). The header's
 * sender has to be the address of the session: what the envelope proves is only that somebody once wrote it.
 */
export async function send(
  context: Context,
  session: Session,
  { envelope, solution }: { readonly envelope: Envelope; readonly solution: Solution },
): Promise<MessageRow> {
  const { store } = context;
  const header = parseHeader(envelope.header);
  if (header === null) throw await refusalOf(context, envelope);
  if (header.sender !== session.address) throw new ApiError("wrong_sender");
  if (header.recipient === header.sender) throw new ApiError("same_address");
  if (!context.actsFor(domainOf(header.recipient))) throw new ApiError("federation_unavailable");

  const author = async () => {
    const mailbox = await getAccount(store.db, session.accountId);
    const keys = await context.ownKeys.of(store.db, mailbox);
    return { address: session.address, keys, mailbox };
  };
  const { copy, sentRevision } = await accept(context, { envelope, header, solution, author });
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
  return new ApiError("message_refused", { reason: judged.reason });
}
