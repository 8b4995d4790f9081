/** For tests: a context over a real database, and people with real keys in it, who call procedures as their sessions would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Output, type contract } from "@keypears/api";
import { loadKernel } from "@keypears/pow5/node";
import {
  type Address,
  type Bytes,
  type Challenge,
  type Envelope,
  type Id,
  type NewKeySet,
  type PublishedRecord,
  type Reason,
  type Solution,
  generateKeySet,
  hashRecord,
  makeId,
  parts,
  seal,
  signChallengeRequest,
  signRecord,
} from "@keypears/protocol";
import { readConfig } from "../config.ts";
import { type OpenContext, openContext } from "../context.ts";
import { requestChallenge } from "../procedures/messages/request-challenge.ts";
import { send } from "../procedures/messages/send.ts";
import type { Call } from "../procedures/handler.ts";
import type { Session } from "../session.ts";
import { assertConsistent } from "./consistency.ts";
import { address, filled } from "./values.ts";

const START = 1_763_942_520_000;

/** A context of `a.test` with a clock that stands still until it is moved. */
export interface TestServer {
  readonly context: OpenContext;
  readonly clock: { time: number };
  readonly folder: string;
}

/** At its end, what the mailboxes count has to be what is there. */
export async function openTestServer(
  t: TestContext,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-server-"));
  const clock = { time: START };
  const config = readConfig({
    KEYPEARS_DATA: folder,
    KEYPEARS_DOMAIN: "a.test",
    KEYPEARS_POW_FIRST_CONTACT: "64",
    KEYPEARS_POW_MESSAGE: "16",
    ...settings,
  });
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const context = await openContext(config, { now: () => clock.time, log });
  t.after(async () => {
    await assertConsistent(context.store);
    await context.close();
    rmSync(folder, { recursive: true });
  });
  return { context, clock, folder };
}

/** Somebody with a mailbox on the server, unless they live elsewhere. */
export interface Person {
  readonly address: Address;
  readonly sets: NewKeySet[];
  readonly records: Bytes[];
  readonly published: PublishedRecord[];
  readonly session: Session;
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Makes keys for an address, without an account. */
export async function stranger(name: string, createdAt = START - 86_400_000): Promise<Person> {
  const session = {
    id: makeId(createdAt, random(10)),
    accountId: 0,
    address: address(name),
    tokenHash: random(32),
  };
  const person: Person = {
    address: address(name),
    sets: [],
    records: [],
    published: [],
    session,
  };
  await grow(person, "initial", createdAt);
  return person;
}

async function grow(person: Person, reason: Exclude<Reason, "revoked">, createdAt: number) {
  const keySet = await generateKeySet(random);
  const before = person.records.at(-1);
  const signedBefore = person.sets.at(-1)?.signing.privateKey;
  const published = await signRecord({
    keySet,
    address: person.address,
    number: person.sets.length + 1,
    reason,
    createdAt,
    previous: before === undefined ? null : await hashRecord(before),
    ...(signedBefore === undefined ? {} : { previousSigningKey: signedBefore }),
  });
  person.sets.push(keySet);
  person.records.push(published.record);
  person.published.push(published);
  return published;
}

/** Somebody with an account, a mailbox and a session. */
export async function addPerson({ context }: TestServer, name: string): Promise<Person> {
  const keys = await stranger(name);
  const [{ record, possession, continuity }] = keys.published as [PublishedRecord];
  const hash = await hashRecord(record);
  const accountId = await context.store.transaction(async (tx) => {
    const { insertId } = await tx
      .insertInto("accounts")
      .values({
        address: keys.address,
        created_at: START,
        kdf_suite: 1,
        password_generation: 1,
        verifier: filled(32, 1),
        verifier_salt: filled(16, 1),
        active_number: 1,
        active_hash: hash,
        first_record_hash: hash,
        revision: 0,
        price_first_contact: null,
        price_message: null,
      })
      .executeTakeFirstOrThrow();
    const id = Number(insertId);
    await tx
      .insertInto("key_records")
      .values({ account_id: id, number: 1, record, hash, possession, continuity })
      .execute();
    return id;
  });
  return { ...keys, session: { ...keys.session, accountId } };
}

/** Publishes the next key set of somebody with an account. */
export async function addKeySet(
  { context }: TestServer,
  person: Person,
  reason: "rotation" | "reset",
  createdAt: number,
): Promise<void> {
  const { record, possession, continuity } = await grow(person, reason, createdAt);
  const hash = await hashRecord(record);
  const { accountId } = person.session;
  const number = person.records.length;
  await context.store.transaction(async (tx) => {
    await tx
      .insertInto("key_records")
      .values({ account_id: accountId, number, record, hash, possession, continuity })
      .execute();
    await tx
      .updateTable("accounts")
      .set({ active_number: number, active_hash: hash })
      .where("id", "=", accountId)
      .execute();
  });
}

export function callOf(person: Person): Call<Session> {
  return {
    source: "127.0.0.1",
    isOwn: false,
    userAgent: "test",
    session: person.session,
    setCookie: () => {
      throw new Error("no procedure of a mailbox sets a cookie");
    },
  };
}

/** What of a message is not as usual. */
export interface Unusual {
  readonly text?: string;
  readonly id?: Id;
  readonly sentAt?: number;
  readonly deleteAfter?: number | null;
  readonly senderSet?: number;
  readonly recipientSet?: number;
}

export function sealTo(from: Person, to: Person, time: number, unusual: Unusual = {}) {
  const { text = "Hello", sentAt = time, deleteAfter = null } = unusual;
  const { senderSet = from.sets.length, recipientSet = to.sets.length } = unusual;
  const own = from.sets[senderSet - 1] as NewKeySet;
  const theirs = to.sets[recipientSet - 1] as NewKeySet;
  return seal({
    content: { type: "text", text, after: [] },
    sender: {
      address: from.address,
      keyNumber: senderSet,
      agreementKey: own.agreement.privateKey,
      signingKey: own.signing.privateKey,
      publicKeys: own.publicKeys,
    },
    recipient: {
      address: to.address,
      keyNumber: recipientSet,
      agreementPublicKey: theirs.publicKeys.agreement,
    },
    id: unusual.id ?? makeId(time, random(10)),
    sentAt,
    deleteAfter,
    random,
  });
}

/** A challenge for one message, asked for as a client asks. */
export async function challengeFor(
  { context, clock }: TestServer,
  from: Person,
  to: Person,
): Promise<Challenge> {
  // Read once: a test may move the clock while this is signed.
  const { time } = clock;
  const signature = await signChallengeRequest({
    sender: from.address,
    recipient: to.address,
    time,
    signingKey: (from.sets.at(-1) as NewKeySet).signing.privateKey,
  });
  const input = { recipient: to.address, time, signature };
  const { challenge } = await requestChallenge(context, callOf(from), input);
  return challenge;
}

const kernel = loadKernel();

/** A solution as the contract's types have it. */
type Mined = Solution & { readonly nonces: Bytes[] };

/** Mines a challenge of a test's difficulty. */
export async function solve(challenge: Challenge): Promise<Mined> {
  const nonces = (await parts(challenge)).map((part) => {
    const { nonce } = kernel.mine(part, random(32), 100_000);
    if (nonce === null) throw new Error("the test's challenge is too hard");
    return nonce;
  });
  return { challenge, nonces };
}

export interface Parcel {
  readonly envelope: Envelope;
  readonly solution: Mined;
}

/** A message ready to be handed over. */
export async function pack(
  server: TestServer,
  from: Person,
  to: Person,
  unusual: Unusual = {},
): Promise<Parcel> {
  const solution = await solve(await challengeFor(server, from, to));
  return { envelope: await sealTo(from, to, server.clock.time, unusual), solution };
}

type Sent = Output<typeof contract.messages.send>["message"];

export async function hand(server: TestServer, from: Person, parcel: Parcel): Promise<Sent> {
  const input = { ...parcel, envelope: { ...parcel.envelope, wraps: [] } };
  const { message } = await send(server.context, callOf(from), input);
  return message;
}

/** Writes a message, from challenge to answer. */
export async function write(
  server: TestServer,
  from: Person,
  to: Person,
  unusual: Unusual = {},
): Promise<Sent> {
  return hand(server, from, await pack(server, from, to, unusual));
}
