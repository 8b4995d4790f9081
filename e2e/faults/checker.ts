/**
 * Compares what people were told with what is stored and readable. It shares nothing with the servers: it reads their files by
 * its own SQL, hashes by itself, and opens messages with the keys of their owners' devices.
 */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import {
  type Address,
  type Box,
  type Bytes,
  type Id,
  type OpenKeySet,
  type Signature,
  idFromBytes,
  openMessage,
  parseHeader,
} from "@keypears/protocol";
import type { Heard, Told, Written } from "./record.ts";

/** Faults of the way (spec/9.4): a message that failed by one may have arrived all the same. */
const ofTheWay = new Set([
  ...["dns", "address", "connect", "tls", "timeout", "no_file", "bad_file", "version"],
  ...["not_served", "bad_answer", "server_error", "busy", "asking_back"],
]);

/** Somebody's mailbox: where it lies, and what opens it. */
export interface Mailbox {
  readonly owner: Address;
  /** The server's database. */
  readonly file: string;
  readonly keys: readonly OpenKeySet[];
}

export interface Evidence {
  readonly written: readonly Written[];
  readonly heard: readonly Heard[];
  readonly mailboxes: readonly Mailbox[];
  /** The servers' time, in milliseconds: what had a day and has it no more waits only to be cleared away. */
  readonly now: number;
}

export interface Finding {
  readonly kind:
    | "lost"
    | "doubled"
    | "order"
    | "unended"
    | "untold"
    | "unwritten"
    | "changed"
    | "left over";
  readonly what: string;
}

/** What lies in a mailbox, opened. */
interface Stored {
  readonly id: Id;
  readonly owner: Address;
  readonly from: Address;
  readonly to: Address;
  readonly revision: number;
  readonly state: string;
  readonly reason: string | null;
  /** SHA-256(header ‖ box) as the server has it, and as it is. */
  readonly hash: string;
  readonly ownHash: string;
  /** Null where it cannot be opened. */
  readonly text: string | null;
}

/** Everything that is not as it was told; nothing where all is well. */
export async function check({ written, heard, mailboxes, now }: Evidence): Promise<Finding[]> {
  const findings: Finding[] = [];
  const find = (kind: Finding["kind"], what: string): void => void findings.push({ kind, what });
  const stored: Stored[] = [];
  for (const mailbox of mailboxes) stored.push(...(await readMailbox(mailbox)));
  const at = (owner: Address, { id, from }: Pick<Written, "id" | "from">): Stored[] =>
    stored.filter((one) => one.owner === owner && one.id === id && one.from === from);

  for (const message of written) {
    checkMessage({ message, sent: at(message.from, message), got: at(message.to, message), find });
  }
  checkStored({ stored, written, find });
  checkHeard({ stored, heard, find });
  checkOrder({ stored, written, find });
  for (const file of new Set(mailboxes.map((one) => one.file))) checkLeft(file, now, find);
  return findings;
}

type Find = (kind: Finding["kind"], what: string) => void;

/** One message: what its sender was told, against both ends. */
function checkMessage({
  message,
  sent,
  got,
  find,
}: {
  readonly message: Written;
  readonly sent: readonly Stored[];
  readonly got: readonly Stored[];
  readonly find: Find;
}): void {
  const { text, told, acknowledgedAt } = message;
  if (sent.length > 1) find("doubled", `${text}: ${sent.length} times at its sender`);
  if (got.length > 1) find("doubled", `${text}: ${got.length} times at its recipient`);
  const [own] = sent;
  const [copy] = got;
  if (acknowledgedAt !== null && own === undefined) {
    find("lost", `${text}: acknowledged, and not at its sender`);
  }
  if (told.some(({ state }) => state === "delivered") && copy === undefined) {
    find("lost", `${text}: told delivered, and not at its recipient`);
  }
  if (own === undefined) {
    if (copy !== undefined) find("lost", `${text}: at its recipient, and not at its sender`);
    return;
  }
  if (own.state === "delivered" && copy === undefined) {
    find("lost", `${text}: delivered, and not at its recipient`);
  }
  if (own.state === "failed" && (own.reason ?? "") === "") {
    find("lost", `${text}: failed without a reason`);
  }
  if (own.state === "failed" && copy !== undefined && !ofTheWay.has(own.reason ?? "")) {
    find("changed", `${text}: failed as ${own.reason}, and at its recipient`);
  }
  if (own.state !== "delivered" && own.state !== "failed") {
    find("unended", `${text}: ${own.state} as ${own.reason}`);
  }
  if (copy !== undefined && copy.hash !== own.hash && own.state !== "failed") {
    find("changed", `${text}: its ends have different messages`);
  }
  checkTold({ message, own, find });
}

/** What was told follows on itself, and ends with what is stored. */
function checkTold({
  message: { text, told },
  own,
  find,
}: {
  readonly message: Written;
  readonly own: Stored;
  readonly find: Find;
}): void {
  const inOrder = told.toSorted((a, b) => a.changed - b.changed);
  const delivered = inOrder.findIndex(({ state }) => state === "delivered");
  const after = delivered === -1 ? [] : inOrder.slice(delivered);
  if (after.some(({ state }) => state !== "delivered")) {
    find("changed", `${text}: told delivered, then something else`);
  }
  const last: Told | undefined = inOrder.at(-1);
  if (last !== undefined && (last.state !== own.state || last.reason !== own.reason)) {
    find("untold", `${text}: is ${own.state} as ${own.reason}, told ${last.state}`);
  }
}

/** Each copy: what it claims to be, and that somebody wrote it. */
function checkStored({
  stored,
  written,
  find,
}: {
  readonly stored: readonly Stored[];
  readonly written: readonly Written[];
  readonly find: Find;
}): void {
  const byId = new Map(written.map((one) => [`${one.from} ${one.to} ${one.id}`, one]));
  const texts = new Set<string>();
  for (const one of stored) {
    const name = `${one.text ?? one.id} of ${one.from} in the mailbox of ${one.owner}`;
    if (one.hash !== one.ownHash) find("changed", `${name}: is none of its hash`);
    const original = byId.get(`${one.from} ${one.to} ${one.id}`);
    if (original === undefined) find("unwritten", name);
    else if (one.text === null) find("lost", `${name}: cannot be opened`);
    else if (one.text !== original.text) find("changed", `${name}: was ${original.text}`);
    if (one.text === null) continue;
    const key = `${one.owner} ${one.text}`;
    if (texts.has(key)) find("doubled", `${name}: is there under several ids or revisions`);
    texts.add(key);
  }
}

/** Whoever followed a mailbox was told of each message in it, and of no other. */
function checkHeard({
  stored,
  heard,
  find,
}: {
  readonly stored: readonly Stored[];
  readonly heard: readonly Heard[];
  readonly find: Find;
}): void {
  const received = stored.filter((one) => one.owner === one.to);
  const keyOf = (one: Heard | Stored): string => `${one.to} ${one.revision} ${one.from} ${one.id}`;
  const there = new Map(received.map((one) => [keyOf(one), one]));
  const told = new Set<string>();
  for (const one of heard) {
    told.add(keyOf(one));
    const copy = there.get(keyOf(one));
    if (copy === undefined) find("lost", `${one.text}: heard of by ${one.to}, and not there`);
    else if (copy.text !== one.text) find("changed", `${one.text}: heard of as another one`);
    if (!one.verified) find("changed", `${one.text}: shown as unverified`);
  }
  for (const one of received) {
    if (!told.has(keyOf(one))) find("untold", `${one.text}: its recipient did not hear of it`);
  }
}

/**
 * Messages of one sender to one recipient lie in one order at both ends, and where one was acknowledged before the next was
 * written, in the order of writing. One that had failed and was sent again comes when it comes.
 */
function checkOrder({
  stored,
  written,
  find,
}: {
  readonly stored: readonly Stored[];
  readonly written: readonly Written[];
  readonly find: Find;
}): void {
  const pairs = Map.groupBy(written, ({ from, to }) => `${from} ${to}`);
  for (const messages of pairs.values()) {
    const straight = messages.filter(({ told }) => told.every(({ state }) => state !== "failed"));
    const placed = straight.flatMap((message) => {
      const place = (owner: Address): number | undefined =>
        stored.find(
          (one) => one.owner === owner && one.id === message.id && one.from === message.from,
        )?.revision;
      const [own, peers] = [place(message.from), place(message.to)];
      return own === undefined ? [] : [{ message, own, peers }];
    });
    const bySender = placed.toSorted((a, b) => a.own - b.own);
    let before = -1;
    for (const { message, peers } of bySender) {
      if (peers === undefined) continue;
      if (peers < before) find("order", `${message.text}: before an earlier one at its recipient`);
      before = Math.max(before, peers);
    }
    let latest = 0;
    for (const { message } of bySender.toReversed()) {
      // Of those behind it in the mailbox, none was acknowledged before this one was written.
      const behind = bySender.slice(bySender.length - latest);
      latest++;
      for (const { message: later } of behind) {
        if ((later.acknowledgedAt ?? Infinity) < message.askedAt) {
          find("order", `${message.text}: before ${later.text}, which was there earlier`);
        }
      }
    }
  }
}

/** Nothing is on its way any more. */
function checkLeft(file: string, now: number, find: Find): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const count = (sql: string, ...given: number[]): number =>
      Number((db.prepare(sql).get(...given) as { n: number }).n);
    const deliveries = count("select count(*) as n from deliveries");
    if (deliveries > 0) find("left over", `${deliveries} deliveries in ${file}`);
    const underWay = "select count(*) as n from incoming where code is null and expires_at >= ?";
    const incoming = count(underWay, now);
    if (incoming > 0) find("left over", `${incoming} incoming messages under way in ${file}`);
  } finally {
    db.close();
  }
}

/** A row of a mailbox, as it lies in the file. */
interface Row {
  readonly id: Bytes;
  readonly peer: Address;
  readonly direction: "sent" | "received";
  readonly revision: number;
  readonly state: string;
  readonly reason: string | null;
  readonly hash: Bytes;
  readonly header: Bytes | null;
  readonly box: Bytes | null;
  readonly signature: Bytes;
}

async function readMailbox(mailbox: Mailbox): Promise<Stored[]> {
  const { owner, file } = mailbox;
  const db = new DatabaseSync(file, { readOnly: true });
  let rows: Row[];
  try {
    rows = db
      .prepare(
        `select m.* from messages m join accounts a on a.id = m.account_id
         where a.address = ? order by m.revision`,
      )
      .all(owner) as unknown as Row[];
  } finally {
    db.close();
  }
  return Promise.all(
    rows.map(async (row) => {
      const [from, to] = row.direction === "sent" ? [owner, row.peer] : [row.peer, owner];
      const { header, box } = row;
      const hashed = createHash("sha256")
        .update(header ?? "")
        .update(box ?? "");
      return {
        id: idFromBytes(row.id) as Id,
        ...{ owner, from, to, revision: row.revision, state: row.state, reason: row.reason },
        hash: Buffer.from(row.hash).toString("hex"),
        ownHash: hashed.digest("hex"),
        text: await textOf(mailbox, row),
      };
    }),
  );
}

async function textOf(
  { owner, keys }: Mailbox,
  { id, peer, direction, header: bytes, box, signature }: Row,
): Promise<string | null> {
  const header = bytes && parseHeader(bytes);
  if (header === null || bytes === null || box === null) return null;
  const isSent = direction === "sent";
  const [from, to] = isSent ? [owner, peer] : [peer, owner];
  if (header.sender !== from || header.recipient !== to || header.id !== idFromBytes(id))
    return null;
  const number = isSent ? header.senderKeyNumber : header.recipientKeyNumber;
  const own = keys.find((set) => set.number === number);
  if (own === undefined) return null;
  const opened = await openMessage({
    envelope: { header: bytes, box: box as Box, signature: signature as Signature, wraps: [] },
    header,
    ownAgreementKey: own.agreementKey,
    peerAgreementPublicKey: isSent ? header.recipientAgreementKey : header.senderAgreementKey,
  });
  return opened.ok && opened.content.type === "text" ? opened.content.text : null;
}
