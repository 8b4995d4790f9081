/**
 * From what the server stores to what is shown: every message is judged by the one rule, then opened.
 * @module spec/6.5
 */
import { ApiError, type StoredMessage } from "@keypears/api";
import {
  type AcceptReason,
  type Address,
  type After,
  type Hash,
  type Header,
  type PublishedKey,
  acceptMessage,
  boxHash,
  openMessage,
  parseHeader,
  plausibleSentAt,
  publishedKeys,
} from "@keypears/protocol";
import { type KnownChain, isUnknown } from "../directory.ts";
import type { Engine, Self } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { MessageView, Unverified } from "./views.ts";

/** A message as it is shown, and what else its reader has to know of it. */
export interface OpenedMessage {
  /** Its `missing` and `different` are for `judgeHistory`, who knows the messages around it. */
  readonly view: MessageView;
  /** What its author had seen (spec/6.3); none where it could not be opened. */
  readonly after: readonly After[];
  /** SHA-256 of the box, by which others refer to it; null once it is erased. */
  readonly hash: Hash | null;
}

/** Judges and opens messages with one peer, whose records are looked up once for all of them (spec/6.5). */
export async function openMessages(
  engine: Engine,
  self: Self,
  peer: Address,
  messages: readonly StoredMessage[],
  maxAge: number,
): Promise<readonly OpenedMessage[]> {
  const headers = messages.map(({ envelope }) => envelope && parseHeader(envelope.header));
  const numbers = messages.map(({ direction }, index) => peerNumber(headers[index], direction));
  const { chain, reached } = messages.some(({ envelope }) => envelope !== null)
    ? await readingChain(engine, peer, Math.max(1, ...numbers), maxAge)
    : { chain: null, reached: true };
  const keys = {
    own: publishedKeys(self.chain.records),
    peer: chain === null ? null : publishedKeys(chain.records),
  };
  const now = engine.ports.clock.now();
  return Promise.all(
    messages.map((message) => openOne({ self, peer, chain, reached, keys, message, now })),
  );
}

/** The number of the peer's key set in a header; 1 where there is no header to read. */
function peerNumber(header: Header | null | undefined, direction: "sent" | "received"): number {
  if (!header) return 1;
  return direction === "sent" ? header.recipientKeyNumber : header.senderKeyNumber;
}

interface ReadingChain {
  /** Null where there are no records. */
  readonly chain: KnownChain | null;
  /** Whether its domain could be asked: else there may be newer records. */
  readonly reached: boolean;
}

/** The records of a peer to read by; what was remembered where there are none any more, or their domain is out of reach. */
async function readingChain(
  { directory, ports }: Engine,
  peer: Address,
  highest: number,
  maxAge: number,
): Promise<ReadingChain> {
  try {
    const chain = await directory.chain(peer, maxAge);
    const newest = chain.shown.at(-1)?.number ?? 0;
    const old = ports.clock.now() > chain.checkedAt;
    return { chain: highest > newest && old ? await directory.ask(peer) : chain, reached: true };
  } catch (error) {
    const reached = !(error instanceof ApiError && error.code === "domain_unreachable");
    if (reached && !isUnknown(error)) throw error;
    return { chain: await directory.remembered(peer), reached };
  }
}

interface Facts {
  readonly self: Self;
  readonly peer: Address;
  readonly chain: KnownChain | null;
  readonly reached: boolean;
  readonly keys: {
    readonly own: readonly PublishedKey[];
    readonly peer: readonly PublishedKey[] | null;
  };
  readonly message: StoredMessage;
  readonly now: number;
}

async function openOne(facts: Facts): Promise<OpenedMessage> {
  const { self, peer, chain, reached, keys, message, now } = facts;
  if (message.peer !== peer) throw new ClientError("bad_answer", { reason: "peer" });
  const { envelope, direction, id, receivedAt, reason: failure } = message;
  const [from, to] = direction === "sent" ? [self.address, peer] : [peer, self.address];
  const { state, step, revision, changed } = message;
  const base: MessageView = {
    ...{ id, peer, from, to, direction, receivedAt, state, step, revision, changed },
    ...{ type: "unreadable", text: null, declared: null, ref: null, sentAt: null },
    ...{ deleteAfter: null, verified: false, reason: null, missing: [], different: [] },
  };
  const erased: OpenedMessage = {
    view: { ...base, type: "erased", reason: "erased" satisfies Unverified },
    after: [],
    hash: null,
  };
  if (envelope === null) return erased;
  const hash = await boxHash(envelope.box);
  const refuse = (reason: Unverified): OpenedMessage => ({
    view: { ...base, reason },
    after: [],
    hash,
  });
  if (chain === null || keys.peer === null) return refuse("keys_unknown");

  const [senderRecords, recipientRecords] =
    direction === "sent" ? [keys.own, keys.peer] : [keys.peer, keys.own];
  const judged = await acceptMessage({
    envelope,
    senderRecords,
    recipientRecords,
    claimedAt: receivedAt,
    expected: { sender: from, recipient: to, id },
  });
  if (!judged.ok) return refuse(reasonBy(chain, reached, judged.reason));
  const { header } = judged;
  const { deleteAfter } = header;
  if (deleteAfter !== null && now > deleteAfter) return erased;

  const number = peerNumber(header, direction);
  const genuine: MessageView = {
    ...base,
    deleteAfter,
    sentAt: plausibleSentAt(header.sentAt, receivedAt),
    ...(chain.state === "reset" && number > chain.pin.number
      ? { verified: false, reason: "keys_reset" satisfies Unverified }
      : { verified: true, reason: failure }),
  };
  const ownNumber = direction === "sent" ? header.senderKeyNumber : header.recipientKeyNumber;
  const ownAgreementKey = self.sets.get(ownNumber)?.agreementKey;
  if (ownAgreementKey === undefined) {
    const reason = genuine.reason ?? "locked";
    return { view: { ...genuine, type: "locked", reason }, after: [], hash };
  }
  const peerAgreementPublicKey =
    direction === "sent" ? header.recipientAgreementKey : header.senderAgreementKey;
  const opened = await openMessage({ envelope, header, ownAgreementKey, peerAgreementPublicKey });
  if (!opened.ok) return refuse(opened.reason);
  const { content } = opened;
  const shown =
    content.type === "text"
      ? { type: content.type, text: content.text, ref: content.ref ?? null }
      : { type: content.type, declared: content.declared };
  return { view: { ...genuine, ...shown }, after: content.after, hash };
}

/** A message that needs keys which are not known fails by why they are not: the chain's state, or a domain out of reach. */
function reasonBy({ state }: KnownChain, reached: boolean, reason: AcceptReason): Unverified {
  const aboutKeys = reason === "sender_key" || reason === "recipient_key";
  if (aboutKeys && !reached) return "keys_unknown";
  if (aboutKeys && state === "fork") return "keys_fork";
  return aboutKeys && state === "shorter" ? "keys_shorter" : reason;
}
